"""`assidu doctor`: what a till stands on, looked at without starting it and without changing anything."""
