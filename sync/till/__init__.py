"""The memory of a till: cache, journal and the client of the ledger."""
