"""Receipts: text, spool and printer."""
