"""The first start of a till, step by step: language, ledger, pairing, scanner, printer."""
