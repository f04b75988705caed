"""Numbered SQL migrations for SQLite."""
