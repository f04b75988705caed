"""The central ledger: a service that accepts journals, keeps accounts and answers tills."""
