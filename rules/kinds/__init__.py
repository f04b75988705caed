"""One file for every rule kind."""
