-- Rights on the tables of a store, for PostgreSQL. Run it as the owner of the tables, after `lifecycle store init`; a
-- second time does no harm, and after an upgrade gives the rights on new tables.
--
-- It finds the tables as any statement does, by the search path. For a store made with `?schema=lifecycle`:
--
--     psql -v ON_ERROR_STOP=1 -c "SET search_path TO lifecycle" -f grants.sql
--
-- Nobody below owns a table, and so nobody can take a trigger away, change a row or empty a table. Who owns them should
-- log in for `lifecycle store upgrade` and for nothing else.
--
-- Give your own users these roles:  GRANT lifecycle_app TO crm;

DO $$
DECLARE
    name text;
    place text := (SELECT relnamespace::regnamespace FROM pg_class WHERE oid = 'lifecycle_records'::regclass);
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'lifecycle_reader',  -- reads: history, records, leads, verify, prove, feed
        'lifecycle_app',     -- writes histories: advance, fire, replay
        'lifecycle_sealer',  -- seals
        'lifecycle_eraser'   -- erases, holds, releases, redacts
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN  -- roles are the server's: another store's do
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', place, name);
    END LOOP;
END
$$;

GRANT SELECT ON
    lifecycle_version, lifecycle_properties, lifecycle_definitions, lifecycle_rules, lifecycle_edges,
    lifecycle_subjects, lifecycle_records, lifecycle_details, lifecycle_refusals, lifecycle_refusal_details,
    lifecycle_commands, lifecycle_erasures, lifecycle_pending, lifecycle_leaves, lifecycle_tiles, lifecycle_checkpoints
TO lifecycle_reader, lifecycle_app, lifecycle_sealer, lifecycle_eraser;

-- Whoever writes histories inserts, and does nothing else. It can neither seal what it has written nor erase anybody.
GRANT INSERT ON
    lifecycle_definitions, lifecycle_rules, lifecycle_edges,
    lifecycle_subjects, lifecycle_records, lifecycle_details, lifecycle_refusals, lifecycle_refusal_details,
    lifecycle_commands, lifecycle_pending
TO lifecycle_app;

-- Whoever seals takes what waits, and gives it a place for ever.
GRANT INSERT ON lifecycle_leaves, lifecycle_tiles, lifecycle_checkpoints TO lifecycle_sealer;
GRANT DELETE ON lifecycle_pending TO lifecycle_sealer;

-- Whoever erases deletes what is personal, and says so where it stays.
GRANT INSERT ON lifecycle_erasures, lifecycle_pending TO lifecycle_eraser;
GRANT DELETE ON lifecycle_subjects, lifecycle_details, lifecycle_refusal_details, lifecycle_commands TO lifecycle_eraser;
-- PostgreSQL wants this right of whoever locks a row before deleting it. A trigger refuses every update all the same.
GRANT UPDATE (subject) ON lifecycle_subjects TO lifecycle_eraser;
