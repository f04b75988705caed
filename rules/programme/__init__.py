"""The programme file: typed tables, loaded and checked whole."""
