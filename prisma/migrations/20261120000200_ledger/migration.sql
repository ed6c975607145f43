-- The ledger: inbox → one sequencer per log → lines, keys, tiles and root in one transaction → signed checkpoints.
-- Everything but the inbox and ledger_state is append-only. Triggers guard against our own code; what convinces
-- others is the tree and the copies outside.

-- ledger_refuse_change() → trigger
-- Inputs: any UPDATE, DELETE or TRUNCATE it is attached to. Outputs: none.
-- Guarantee: raises; fired ALWAYS, it also holds under session_replication_role = replica.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', HINT = 'Corrections are new lines.';
END $$;

-- ledger_guard(target) → void
-- Inputs: a table. Outputs: none.
-- Guarantee: from now on no row of it is updated or deleted and it is not truncated, also not by a replica session.
-- Truncation must be guarded on every partition: TRUNCATE of one does not fire the trigger of its parent.
CREATE FUNCTION ledger_guard(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'ledger_refuse_change') THEN
    EXECUTE format('CREATE TRIGGER ledger_refuse_change BEFORE UPDATE OR DELETE ON %s
      FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', target);
  END IF;
  EXECUTE format('CREATE TRIGGER ledger_refuse_truncate BEFORE TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_refuse_change', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_refuse_truncate', target);
END $$;

-- Lines that are durable and have no index yet. `bytes` are final: nothing is ever rebuilt from the other columns.
CREATE TABLE ledger_inbox (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  log text NOT NULL,
  kind text NOT NULL,
  entry_id uuid NOT NULL,
  call_id uuid,
  use_case text,
  occurred_at timestamptz NOT NULL,
  cost_pico numeric,
  bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 65535),
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (log, kind, entry_id)
);
-- Rows stay for seconds: packing long ones costs more than it saves.
ALTER TABLE ledger_inbox ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX ledger_inbox_arrival ON ledger_inbox (log, seq);

-- The lines. All columns but `bytes`, `leaf_index` and `recorded_at` are a projection of `bytes`.
-- leaf_index is unique within a partition here, and over all of them in ledger_entry_key.
CREATE TABLE ledger_entry (
  log text NOT NULL,
  leaf_index bigint NOT NULL CHECK (leaf_index >= 0),
  kind text NOT NULL,
  entry_id uuid NOT NULL,
  call_id uuid,
  use_case text,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  cost_pico numeric,
  bytes bytea NOT NULL,
  leaf_hash bytea NOT NULL,
  CONSTRAINT ledger_entry_hashed CHECK (leaf_hash = sha256('\x00'::bytea || bytes))
) PARTITION BY RANGE (recorded_at);
CREATE INDEX ledger_entry_call ON ledger_entry (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX ledger_entry_recorded ON ledger_entry USING brin (recorded_at);

-- Writes a line once per (kind, id), and each index once. Its leaf hashes are the second copy that tells which of
-- two stories a tampered line belongs to.
CREATE TABLE ledger_entry_key (
  log text NOT NULL,
  kind text NOT NULL,
  entry_id uuid NOT NULL,
  leaf_index bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  leaf_hash bytea NOT NULL,
  PRIMARY KEY (log, kind, entry_id)
);
CREATE UNIQUE INDEX ledger_entry_key_index ON ledger_entry_key (log, leaf_index);

-- Full tiles only: 256 hashes of 32 bytes. `root` is the hash over them, which is their place one level up.
CREATE TABLE ledger_tile (
  log text NOT NULL,
  level smallint NOT NULL,
  n bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  PRIMARY KEY (log, level, n)
);

-- Where each log stands: the only row that changes, locked by its sequencer, and never trusted by a verifier.
CREATE TABLE ledger_state (
  log text PRIMARY KEY,
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  frontier bytea[] NOT NULL,
  recorded_at timestamptz NOT NULL
);

-- Signed notes. A log has at most one per size.
CREATE TABLE ledger_checkpoint (
  log text NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (log, size)
);

SELECT ledger_guard('ledger_entry'), ledger_guard('ledger_entry_key'), ledger_guard('ledger_tile'), ledger_guard('ledger_checkpoint');

-- ledger_ensure_partition(month) → void
-- Inputs: any day of a month. Outputs: none.
-- Guarantee: lines recorded in that month (UTC) have a guarded partition, ledger_entry_YYYYMM. Calling it again, or
-- from several sessions at once, does nothing more. Readers and writers of other months are not blocked.
CREATE FUNCTION ledger_ensure_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;
