"""What a shop changes without code."""
