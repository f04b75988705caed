"""Finished tickets of a register in a watched folder: reading them, recording each once, putting the files away."""
