"""The whole explanation of one ticket: worked out on demand, told in any language."""
