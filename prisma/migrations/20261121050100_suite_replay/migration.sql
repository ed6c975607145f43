-- Suites that are replayed: what their cases ask, sealed; the passes drawn over them; samples of production that may become
-- cases; and when each candidate was last observed. Written by libs/postgres; not in schema.prisma.

-- What a case asks, sealed with the master key under `suite|<use case>|<input digest>`. Of every version of the suite.
CREATE TABLE suite_input (
  use_case text NOT NULL,
  input_digest text NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (use_case, input_digest)
);

-- A pass over a suite: cases drawn with replacement, all of them before the first is asked, so that each draw is a fair one
-- of the whole suite whenever anybody looks. Places first_position … first_position + cardinality(draws) − 1 of the line.
CREATE TABLE suite_pass (
  line text NOT NULL,
  pass int NOT NULL CHECK (pass > 0),
  use_case text NOT NULL,
  first_position bigint NOT NULL,
  draws text[] NOT NULL,
  drawn_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Every place has its score.
  done_at timestamptz,
  PRIMARY KEY (line, pass)
);

-- Somebody wants a pass before the week is over.
CREATE TABLE suite_wanted (
  use_case text PRIMARY KEY,
  wanted_by text NOT NULL
);

-- Sampled calls that may become cases: sealed under `sample|<call>`, deleted when they expire.
CREATE TABLE suite_sample (
  call_id uuid PRIMARY KEY,
  use_case text NOT NULL,
  sealed bytea NOT NULL,
  kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX suite_sample_queue ON suite_sample (use_case, kept_at);

-- The last observation of a candidate under a gate, live, on the suite or as a canary; a snapshot carries it.
CREATE TABLE evidence_fresh (
  gate text NOT NULL,
  candidate text NOT NULL,
  revision text NOT NULL,
  observed_at timestamptz NOT NULL,
  PRIMARY KEY (gate, candidate, revision)
);
