"""What a purchase is worth: pure functions from a programme, a ticket and an account to a decision."""
