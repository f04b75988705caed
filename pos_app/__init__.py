"""What the cashier touches."""
