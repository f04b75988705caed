"""What the ledger asks of a database: named operations inside a transaction, so that engines can be exchanged.

`Storage.transaction()` is the one writer, `Storage.snapshot()` a consistent read. Every statement leads with the
account (or the device, for the inbox), so that the tables can be spread over nodes later.
"""
