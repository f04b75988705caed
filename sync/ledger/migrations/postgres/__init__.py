"""Numbered SQL migrations for PostgreSQL, the twins of those for SQLite."""
