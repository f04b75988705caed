"""The demo: everything on one machine, nothing to set up, nothing left behind."""
