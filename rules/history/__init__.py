"""A history of tickets through the rules: what each member earned, spent, lost and has left."""
