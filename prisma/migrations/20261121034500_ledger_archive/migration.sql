-- Months whose lines left the database for files. Keys, tiles and checkpoints stay: what left can be held against them,
-- and the log goes on. Only the owner can take a partition away; the apps read here what is not to be expected any more.
CREATE TABLE ledger_archive (
  log text NOT NULL,
  -- The first day of the month (UTC) the lines were recorded in.
  month date NOT NULL,
  from_index bigint NOT NULL,
  -- Exclusive.
  to_index bigint NOT NULL,
  archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (log, month)
);
SELECT ledger_isolate('ledger_archive', 'log');
ALTER TABLE ledger_archive OWNER TO o10_owner;
REVOKE ALL ON ledger_archive FROM PUBLIC, o10_app;
GRANT SELECT ON ledger_archive TO o10_app;
