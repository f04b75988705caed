"""The small jobs of the counter, a module each, and the table of their names (`table`)."""
