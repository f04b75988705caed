"""French and English: catalogues, amounts and dates."""
