-- Tickets that were rung up under a receipt of a register that belonged to another one: the next in turn if that is undone.

CREATE TABLE second_ticket (
    pos_ref text COLLATE "C" NOT NULL, ticket text COLLATE "C" NOT NULL,
    PRIMARY KEY (pos_ref, ticket)
);
