-- What the ledger's lines sum to by day, use case, route and key, for whoever reads totals. A projection of the lines
-- below `next_index`: dropped, it is made again, and each day has the checksum it had.

CREATE TABLE ledger_rollup_state (
  log text PRIMARY KEY,
  -- Lines below it are in the sums.
  next_index bigint NOT NULL DEFAULT 0
);

CREATE TABLE ledger_rollup (
  log text NOT NULL,
  -- UTC.
  day date NOT NULL,
  use_case text NOT NULL,
  -- '' where the line names none.
  route text NOT NULL,
  key text NOT NULL,
  calls bigint NOT NULL,
  attempts bigint NOT NULL,
  cost_pico numeric NOT NULL,
  charge_pico numeric NOT NULL,
  evaluations bigint NOT NULL,
  evaluation_cost_pico numeric NOT NULL,
  estimated bigint NOT NULL,
  unpriced bigint NOT NULL,
  PRIMARY KEY (log, day, use_case, route, key)
) WITH (fillfactor = 70);

-- Over the rows of a day, see domain/ledger/roll-up. Rows that do not have it are neither read nor added to.
CREATE TABLE ledger_rollup_day (
  log text NOT NULL,
  day date NOT NULL,
  checksum bytea NOT NULL CHECK (octet_length(checksum) = 32),
  PRIMARY KEY (log, day)
);

SELECT ledger_isolate('ledger_rollup_state', 'log'), ledger_isolate('ledger_rollup', 'log'),
  ledger_isolate('ledger_rollup_day', 'log');
