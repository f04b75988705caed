"""Figures for the manager of a store: counted from the till's own files and what the ledger last told, no screen."""
