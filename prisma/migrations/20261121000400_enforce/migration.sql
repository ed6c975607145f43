-- Enforcement: the canaries of each proof, what they have come to, and how far the ledger was followed for failures.
-- Written by libs/postgres/src/evidence and by nothing else; not in schema.prisma.

-- An enforced call that was drawn: its answer is graded, and on some the baseline is asked too. `open`: nothing was sent;
-- `claimed`: the baseline was asked, once and never again; `scored`, `void`: decided, and never changed afterwards.
CREATE TABLE canary_place (
  line text NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  verdict uuid NOT NULL,
  use_case text NOT NULL,
  candidate text NOT NULL,
  call_id uuid NOT NULL UNIQUE,
  cluster text NOT NULL,
  -- Keyed digest of what was asked; null where it cannot be read.
  prompt text,
  -- UTC day of admission: what is asked again on another day says how the route is on that day.
  day date NOT NULL,
  -- Of the baseline's replay.
  attempt_id uuid NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('open', 'claimed', 'scored', 'void')),
  reason text,
  score_candidate double precision CHECK (score_candidate BETWEEN 0 AND 1),
  score_baseline double precision CHECK (score_baseline BETWEEN 0 AND 1),
  valid boolean,
  admitted_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  PRIMARY KEY (line, position),
  CHECK (state <> 'scored' OR score_candidate IS NOT NULL),
  CHECK (state <> 'void' OR reason IS NOT NULL)
) WITH (fillfactor = 70);
-- Calls of one cluster, or with one prompt, are one observation a day. A void place observed nothing, and lets another of its cluster count.
CREATE UNIQUE INDEX canary_place_cluster ON canary_place (line, cluster, day) WHERE state <> 'void';
CREATE UNIQUE INDEX canary_place_prompt ON canary_place (line, prompt, day) WHERE state <> 'void';

-- A proof as it is enforced. The columns before `state` are what snapshots are made with.
CREATE TABLE enforcement (
  verdict uuid PRIMARY KEY,
  ramp_share double precision NOT NULL CHECK (ramp_share BETWEEN 0 AND 1),
  scored_share double precision NOT NULL CHECK (scored_share BETWEEN 0 AND 1),
  warned boolean NOT NULL DEFAULT false,
  demoted_at timestamptz,
  state jsonb NOT NULL,
  next_position bigint NOT NULL DEFAULT 1,
  -- Calls of the route by hour, newest last: [[hour, calls]].
  traffic jsonb NOT NULL DEFAULT '[]',
  -- Lines of the ledger that tell of changes no snapshot was published with yet.
  pending jsonb NOT NULL DEFAULT '[]',
  published boolean NOT NULL DEFAULT true,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX enforcement_unpublished ON enforcement (verdict) WHERE NOT published;

-- How far each log was followed.
CREATE TABLE enforcement_follow (
  log text PRIMARY KEY,
  next_index bigint NOT NULL
);

-- A demoted candidate is not tried again before this, and then as another attempt.
ALTER TABLE evidence_line ADD COLUMN cools_until timestamptz;

-- canary_open: gives a canary its place, before anything is sent or graded.
-- IN   one call: line, position, verdict, use case, candidate, call, cluster, admission, attempt id of the baseline's
--      replay, why it is void, or null, and its prompt, or null
-- OUT  its place as it stands; none where another call has the place
-- GUARANTEE  a call has one place and one attempt id whatever is asked again; of a cluster, or a prompt, and a day one place is
--      not void; a place that the fold has passed is void
CREATE FUNCTION canary_open(p_line text, p_position bigint, p_verdict uuid, p_use_case text, p_candidate text,
  p_call uuid, p_cluster text, p_admitted timestamptz, p_attempt uuid, p_void text, p_prompt text)
RETURNS TABLE (attempt_id uuid, state text, reason text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE v_void text := p_void;
BEGIN
  IF EXISTS (SELECT FROM enforcement e WHERE e.verdict = p_verdict AND e.next_position > p_position) THEN v_void := 'late'; END IF;
  INSERT INTO canary_place (line, position, verdict, use_case, candidate, call_id, cluster, prompt, day, attempt_id, state, reason, admitted_at, ended_at)
  VALUES (p_line, p_position, p_verdict, p_use_case, p_candidate, p_call, p_cluster, p_prompt, (p_admitted AT TIME ZONE 'UTC')::date,
    p_attempt, CASE WHEN v_void IS NULL THEN 'open' ELSE 'void' END, v_void, p_admitted,
    CASE WHEN v_void IS NOT NULL THEN clock_timestamp() END)
  ON CONFLICT DO NOTHING;
  -- Its cluster or prompt has an observation of that day: the place is taken, and empty.
  INSERT INTO canary_place (line, position, verdict, use_case, candidate, call_id, cluster, prompt, day, attempt_id, state, reason, admitted_at, ended_at)
  SELECT p_line, p_position, p_verdict, p_use_case, p_candidate, p_call, p_cluster, p_prompt, (p_admitted AT TIME ZONE 'UTC')::date,
    p_attempt, 'void', 'same_cluster', p_admitted, clock_timestamp()
  WHERE NOT EXISTS (SELECT FROM canary_place c WHERE c.call_id = p_call)
  ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT c.attempt_id, c.state, c.reason FROM canary_place c WHERE c.call_id = p_call;
END $$;
