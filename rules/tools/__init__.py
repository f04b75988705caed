"""Tools for whoever writes a programme: how simple it is, what changed, what it costs over a history."""
