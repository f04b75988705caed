"""The condition language of a programme: source text to checked tree to closures."""
