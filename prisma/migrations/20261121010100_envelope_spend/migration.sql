-- What the ledger says was spent, summed as it grows: the desk is held against it every minute and rebuilt from it.
-- A projection of the lines below `next_index`; dropped, it is made again from the first line.

CREATE TABLE ledger_spend_state (
  log text PRIMARY KEY,
  -- Lines below it are in the sums.
  next_index bigint NOT NULL DEFAULT 0,
  -- Of the last rebuild of the desk: a desk of another epoch is not the one that was built.
  desk_epoch bigint NOT NULL DEFAULT 0
);

-- Sums of nano-USD, each attempt rounded up by itself.
CREATE TABLE ledger_spend (
  log text NOT NULL,
  envelope text NOT NULL,
  window_id text NOT NULL,
  spent_nano_usd numeric(30, 0) NOT NULL,
  PRIMARY KEY (log, envelope, window_id)
) WITH (fillfactor = 70);

-- The next free position in each line of evidence, by the call records.
CREATE TABLE ledger_line_position (
  log text NOT NULL,
  line text NOT NULL,
  next_position bigint NOT NULL,
  PRIMARY KEY (log, line)
);
