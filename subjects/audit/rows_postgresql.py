"""The function by which PostgreSQL takes an entry in one message there and back.

It locks the chain, finds the newest entry, writes its hash and the next step into the leaf, and
puts the entry and its place in the queue. The leaf comes in three pieces, canonical and checked;
who calls puts them together again and compares the hash. It has no more rights than its caller.
"""

from typing import Final

CALL: Final = "SELECT * FROM audit_append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION audit_append(
    chain uuid, number bigint, key uuid, kind text, at timestamptz, back boolean,
    head bytea, middle bytea, tail bytea, salt bytea, payload bytea,
    OUT step_before bigint, OUT hash_before bytea, OUT at_before timestamptz, OUT digest bytea
) LANGUAGE plpgsql AS $$
DECLARE
    next_step bigint;
    leaf bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(number);
    -- A statement of its own: it sees what the lock waited for.
    SELECT event.step, event.leaf_hash, event.created INTO step_before, hash_before, at_before
        FROM {schema}.audit_event AS event WHERE event."case" = chain
        ORDER BY event.step DESC LIMIT 1;
    IF at < at_before AND NOT back THEN
        RETURN;
    END IF;
    next_step := COALESCE(step_before, 0) + 1;
    leaf := head || convert_to(COALESCE(encode(hash_before, 'hex'), repeat('0', 64)), 'UTF8')
        || middle || convert_to(next_step::text, 'UTF8') || tail;
    digest := sha256('\\x00'::bytea || leaf);
    INSERT INTO {schema}.audit_event
        (id, "case", step, type, leaf, leaf_hash, created, recovered)
        VALUES (key, chain, next_step, kind, leaf, digest, at, FALSE);
    INSERT INTO {schema}.audit_outbox (event, "case", step) VALUES (key, chain, next_step);
    IF salt IS NOT NULL THEN
        INSERT INTO {schema}.audit_payload (event, salt, payload) VALUES (key, salt, payload);
    END IF;
END $$;
"""
