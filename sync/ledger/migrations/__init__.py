"""Numbered SQL migrations of the ledger."""
