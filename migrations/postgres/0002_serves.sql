-- One row: the oldest version of the schema that a program must know to work with this database. A migration that only
-- adds leaves it as it is, so that programs of the version before go on beside the new ones; one that takes something
-- away, or gives it another meaning, raises it to its own number.
CREATE TABLE serves (
    since BIGINT NOT NULL
);

INSERT INTO serves (since) VALUES (1);
