-- What people say of answers a judge has judged, and which judges may gate. Written by libs/postgres; not in schema.prisma.

-- A judged answer that waits for people. `texts` are sealed with the master key under `judge|<id>` and are deleted with the
-- row when it expires. `flipped`: in its first showing the baseline's answer stands first, so that nobody can tell.
CREATE TABLE judge_pair (
  id uuid PRIMARY KEY,
  use_case text NOT NULL,
  judge_key text NOT NULL,
  call_id uuid NOT NULL,
  candidate text NOT NULL,
  pairwise boolean NOT NULL,
  flipped boolean NOT NULL,
  -- The judge's score of the candidate; null where it gave none.
  score double precision CHECK (score BETWEEN 0 AND 1),
  swap_consistent boolean,
  texts bytea,
  kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  UNIQUE (call_id, candidate)
);
CREATE INDEX judge_pair_queue ON judge_pair (use_case, judge_key, kept_at);

-- `says` is of what was shown: first, second or tie for a pair, good or bad for one answer. The first word stands.
CREATE TABLE judge_label (
  pair_id uuid NOT NULL REFERENCES judge_pair (id) ON DELETE CASCADE,
  showing smallint NOT NULL CHECK (showing IN (0, 1)),
  says text NOT NULL CHECK (says IN ('first', 'second', 'tie', 'good', 'bad')),
  labelled_by text NOT NULL,
  labelled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (pair_id, showing)
);

-- Judges that may gate. Nothing is here that has not passed its test.
CREATE TABLE judge_admission (
  use_case text NOT NULL,
  judge_key text NOT NULL,
  admitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (use_case, judge_key)
);
