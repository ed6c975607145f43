-- Who may do what to the ledger. `o10_owner` owns its tables and never logs in; `o10_app` is what the apps are: it adds
-- lines and reads those of its own organisation, and can take nothing back. Whoever migrates is a member of the owner.
-- An owner can still drop a table: what convinces others is the tree and the copies outside.

-- Roles belong to the server, not to this database: another migration may have made them, or be making them now.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['o10_owner', 'o10_app'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION '% may not create the role %', current_user, wanted
          USING HINT = format('As an administrator: CREATE ROLE o10_owner; CREATE ROLE o10_app; GRANT o10_owner TO %I;', current_user);
    END;
  END LOOP;
  IF NOT pg_has_role(current_user, 'o10_owner', 'MEMBER') THEN
    EXECUTE format('GRANT o10_owner TO %I', current_user);
  END IF;
  -- The queues keep a schema of their own in the same database, and make it themselves.
  EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO o10_app', current_database());
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO o10_owner;
GRANT USAGE ON SCHEMA public TO o10_app;

-- ledger_refuse_statement() → trigger
-- Inputs: any UPDATE or DELETE statement on a table it is attached to. Outputs: none.
-- Guarantee: raises before the first row is looked at, so that one that would have hit no row is refused as well.
CREATE FUNCTION ledger_refuse_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', HINT = 'Corrections are new lines.';
END $$;

-- ledger_guard(target) → void
-- Inputs: a table. Outputs: none. Calling it again changes nothing.
-- Guarantee: from now on no statement updates or deletes rows of it, no row of it is updated or deleted by a statement
-- on its parent, and it is not truncated; also not by a replica session. Each partition needs its own guard: TRUNCATE
-- and UPDATE of one do not fire the statement triggers of its parent.
CREATE OR REPLACE FUNCTION ledger_guard(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  guard record;
BEGIN
  FOR guard IN SELECT * FROM (VALUES
      ('ledger_refuse_change', 'UPDATE OR DELETE', 'ROW', 'ledger_refuse_change'),
      ('ledger_refuse_statement', 'UPDATE OR DELETE', 'STATEMENT', 'ledger_refuse_statement'),
      ('ledger_refuse_truncate', 'TRUNCATE', 'STATEMENT', 'ledger_refuse_change')) AS g(name, events, per, calls) LOOP
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = guard.name) THEN
      EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION %I()',
        guard.name, guard.events, target, guard.per, guard.calls);
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', target, guard.name);
  END LOOP;
END $$;

-- ledger_isolate(target, organisation_column) → void
-- Inputs: a table, and the column that names the organisation of a row. Outputs: none.
-- Guarantee: everyone but a superuser, the owner included, sees and adds only rows of the organisation named by the
-- setting o10.organisation, and none while it is not set.
CREATE FUNCTION ledger_isolate(target regclass, organisation_column name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = target AND polname = 'own_organisation') THEN
    EXECUTE format('CREATE POLICY own_organisation ON %s USING (%I = current_setting(''o10.organisation'', true))
      WITH CHECK (%I = current_setting(''o10.organisation'', true))', target, organisation_column, organisation_column);
  END IF;
END $$;

SELECT ledger_guard('ledger_entry'), ledger_guard('ledger_entry_key'), ledger_guard('ledger_tile'), ledger_guard('ledger_checkpoint');
SELECT ledger_guard(inhrelid::regclass), ledger_isolate(inhrelid::regclass, 'log') FROM pg_inherits WHERE inhparent = 'ledger_entry'::regclass;
SELECT ledger_isolate('ledger_inbox', 'log'), ledger_isolate('ledger_entry', 'log'), ledger_isolate('ledger_entry_key', 'log'),
  ledger_isolate('ledger_tile', 'log'), ledger_isolate('ledger_state', 'log'), ledger_isolate('ledger_checkpoint', 'log'),
  ledger_isolate('ledger_quarantine', 'organisation');

-- ledger_ensure_partition(month) → void
-- Inputs: any day of a month. Outputs: none.
-- Guarantee: lines recorded in that month (UTC) have a guarded partition, ledger_entry_YYYYMM, that belongs to the
-- owner and that the apps can reach through its parent only. Runs as the owner: the apps may not create tables.
-- Calling it again, or from several sessions at once, does nothing more. Other months are not blocked.
CREATE OR REPLACE FUNCTION ledger_ensure_partition(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  partition text := 'ledger_entry_' || to_char(month, 'YYYYMM');
  from_time text := to_char(date_trunc('month', month::timestamp), 'YYYY-MM-DD') || ' 00:00:00+00';
  to_time text := to_char(date_trunc('month', month::timestamp) + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
BEGIN
  IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
  -- A lock on the table itself, not an advisory one: taking it makes this session see what others just created.
  LOCK TABLE ledger_entry IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE ledger_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
  EXECUTE format('CREATE UNIQUE INDEX %I ON %I (log, leaf_index)', partition || '_index', partition);
  EXECUTE format('ALTER TABLE ledger_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, from_time, to_time);
  PERFORM ledger_guard(partition::regclass);
  PERFORM ledger_isolate(partition::regclass, 'log');
  EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', partition);
END $$;

-- Everything of the ledger to its owner; to the apps what they do and no more. The inbox is emptied and the state moved
-- by the sequencer; both are checked against the tree before anything is added.
DO $$
DECLARE
  target regclass;
BEGIN
  FOR target IN
    SELECT c.oid::regclass FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname LIKE 'ledger\_%'
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO o10_owner', target);
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, o10_app', target);
  END LOOP;
  FOR target IN
    SELECT c.oid::regclass FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND c.relname NOT LIKE 'ledger\_%' AND c.relname <> '_prisma_migrations'
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO o10_app', target);
  END LOOP;
END $$;
ALTER FUNCTION ledger_refuse_change() OWNER TO o10_owner;
ALTER FUNCTION ledger_refuse_statement() OWNER TO o10_owner;
ALTER FUNCTION ledger_guard(regclass) OWNER TO o10_owner;
ALTER FUNCTION ledger_isolate(regclass, name) OWNER TO o10_owner;
ALTER FUNCTION ledger_ensure_partition(date) OWNER TO o10_owner;
REVOKE ALL ON FUNCTION ledger_guard(regclass), ledger_isolate(regclass, name), ledger_ensure_partition(date) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION ledger_ensure_partition(date) TO o10_app;
GRANT SELECT, INSERT ON ledger_entry, ledger_entry_key, ledger_tile, ledger_checkpoint, ledger_quarantine TO o10_app;
GRANT SELECT, INSERT, DELETE ON ledger_inbox TO o10_app;
GRANT SELECT, INSERT, UPDATE ON ledger_state TO o10_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO o10_app;

-- Tables of later migrations.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO o10_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO o10_app;
