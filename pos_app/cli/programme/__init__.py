"""`assidu programme …`: one command a file."""
