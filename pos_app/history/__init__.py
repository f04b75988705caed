"""Reading a history of tickets: NDJSON, CSV, Parquet or a ledger's database, one record at a time."""
