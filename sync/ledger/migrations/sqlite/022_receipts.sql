-- Tickets that were rung up under a receipt of a register that belonged to another one: the next in turn if that is undone.

CREATE TABLE second_ticket (
    pos_ref TEXT NOT NULL, ticket TEXT NOT NULL,
    PRIMARY KEY (pos_ref, ticket)
) STRICT, WITHOUT ROWID;
