"""Statements as PostgreSQL takes them."""

from sync.ledger.postgres_sql import Batch, batch_of, numbered

COLUMNS = {"lot": {"member": "bigint", "lot": "text", "data": "bytea"}, "grant": {"id": "text"}}


def test_values_are_numbered() -> None:
    """In the order of the question marks."""
    assert numbered("SELECT 1 FROM lot WHERE member = ? AND lot = ?") == (
        "SELECT 1 FROM lot WHERE member = $1 AND lot = $2"
    )


def test_a_batch_is_one_statement_with_an_array_a_column() -> None:
    """The types come from the table; columns that are not named are all of them, in their order."""
    assert batch_of("INSERT INTO lot (lot, data) VALUES (?, ?) ON CONFLICT DO NOTHING", COLUMNS) == Batch(
        'INSERT INTO "lot" (lot, data) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING'
    )
    assert batch_of('INSERT INTO "grant" VALUES (?)', COLUMNS) == Batch(
        'INSERT INTO "grant" (id) SELECT * FROM unnest($1::text[])'
    )


def test_of_rows_with_one_key_the_last_is_written() -> None:
    """One statement cannot change a row twice; row by row, the last would have stayed."""
    sql = "INSERT INTO lot VALUES (?, ?, ?) ON CONFLICT (member, lot) DO UPDATE SET data = excluded.data"
    batch = batch_of(sql, COLUMNS)
    assert batch is not None
    assert batch.values([(1, "a", b"x"), (1, "b", b"y"), (1, "a", b"z")]) == [
        (1, 1),
        ("a", "b"),
        (b"z", b"y"),
    ]


def test_other_statements_are_no_batch() -> None:
    """What is no plain INSERT of values runs row by row."""
    assert batch_of("DELETE FROM lot WHERE member = ?", COLUMNS) is None
    assert batch_of("INSERT INTO lot VALUES (?, 'x', ?)", COLUMNS) is None
