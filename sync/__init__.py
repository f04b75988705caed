"""What is remembered, and how it travels between tills and the ledger."""
