-- Evidence: the line of each gate, what became of every place in it, and what a candidate's evidence amounts to.
-- Written by libs/postgres/src/evidence and by nothing else; not in schema.prisma.

-- A numbered call that reached the worker. `missing`: it never did, and its place was closed without it.
CREATE TABLE evidence_place (
  gate text NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  use_case text NOT NULL,
  call_id uuid,
  cluster text,
  admitted_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  missing boolean NOT NULL DEFAULT false,
  PRIMARY KEY (gate, position)
);

-- A candidate's part in a place. `open`: nothing was sent yet; `claimed`: it was, once and never again; `scored`,
-- `void`: decided, and never changed afterwards.
CREATE TABLE evidence_row (
  gate text NOT NULL,
  candidate text NOT NULL,
  revision text NOT NULL,
  position bigint NOT NULL,
  call_id uuid NOT NULL,
  cluster text NOT NULL,
  attempt_id uuid NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('open', 'claimed', 'scored', 'void')),
  reason text,
  score_candidate double precision CHECK (score_candidate BETWEEN 0 AND 1),
  score_baseline double precision CHECK (score_baseline BETWEEN 0 AND 1),
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  PRIMARY KEY (gate, candidate, revision, position),
  UNIQUE (call_id, candidate),
  CHECK (state <> 'scored' OR (score_candidate IS NOT NULL AND score_baseline IS NOT NULL)),
  CHECK (state <> 'void' OR reason IS NOT NULL)
) WITH (fillfactor = 70);
-- Calls of one cluster are one observation. A void place observed nothing, and lets another of its cluster count.
CREATE UNIQUE INDEX evidence_row_cluster ON evidence_row (gate, candidate, revision, cluster) WHERE state <> 'void';

-- What is folded of a candidate: everything before `next_position`. `slot` is its share of the error probability.
CREATE TABLE evidence_line (
  gate text NOT NULL,
  candidate text NOT NULL,
  revision text NOT NULL,
  use_case text NOT NULL,
  next_position bigint NOT NULL,
  slot int,
  state jsonb,
  -- Why it is not replayed any more: failed, futile, no_slot.
  stopped text,
  -- The last finding, and whether the snapshot was published with it.
  verdict jsonb,
  announced boolean NOT NULL DEFAULT true,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (gate, candidate, revision),
  UNIQUE (gate, slot)
);
CREATE INDEX evidence_line_unannounced ON evidence_line (gate) WHERE NOT announced;

-- Drained records that cannot be lines of the ledger. Somebody must look at them: a metric counts them.
CREATE TABLE ledger_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation text NOT NULL,
  -- SHA-256 of the record: drained twice, it is put aside once.
  digest bytea NOT NULL,
  record text NOT NULL,
  reason text NOT NULL,
  put_aside_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (organisation, digest)
);

-- evidence_open: gives calls their places, and each candidate its part in them, before anything is sent.
-- IN   p_calls: [{gate, position, use_case, call_id, cluster, admitted_at, candidates: [{candidate, revision,
--      attempt_id, void}]}]; `void` is why it is not to be replayed, or null
-- OUT  per call and candidate its row as it stands; none where the place is closed or the candidate stopped
-- GUARANTEE  a call's place and all its rows appear together; a call and candidate have one row whatever is asked again;
--      of a cluster one row is not void; a candidate of a new gate starts at place 1, one added later where it is first seen
CREATE FUNCTION evidence_open(p_calls jsonb)
RETURNS TABLE (call_id uuid, candidate text, attempt_id uuid, state text, reason text)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE v_asked jsonb;
BEGIN
  INSERT INTO evidence_line (gate, candidate, revision, use_case, next_position)
  SELECT DISTINCT ON (q.gate, c.candidate, c.revision) q.gate, c.candidate, c.revision, q.use_case,
    CASE WHEN EXISTS (SELECT FROM evidence_place p WHERE p.gate = q.gate) THEN q.position ELSE 1 END
  FROM jsonb_to_recordset(p_calls) AS q(gate text, position bigint, use_case text, candidates jsonb),
    jsonb_to_recordset(q.candidates) AS c(candidate text, revision text)
  WHERE NOT EXISTS (
    SELECT FROM evidence_line l WHERE l.gate = q.gate AND l.candidate = c.candidate AND l.revision = c.revision)
  ORDER BY q.gate, c.candidate, c.revision, q.position
  ON CONFLICT DO NOTHING;

  INSERT INTO evidence_place (gate, position, use_case, call_id, cluster, admitted_at)
  SELECT q.gate, q.position, q.use_case, q.call_id, q.cluster, q.admitted_at
  FROM jsonb_to_recordset(p_calls)
    AS q(gate text, position bigint, use_case text, call_id uuid, cluster text, admitted_at timestamptz)
  ORDER BY q.gate, q.position
  ON CONFLICT DO NOTHING;

  -- Parts of calls whose place is theirs, of candidates that are still replayed.
  SELECT coalesce(jsonb_agg(jsonb_build_object('gate', q.gate, 'candidate', c.candidate, 'revision', c.revision,
    'position', q.position, 'call_id', q.call_id, 'cluster', q.cluster, 'attempt_id', c.attempt_id,
    'reason', CASE WHEN q.position < l.next_position THEN 'late' ELSE c.void END)
    ORDER BY q.gate, c.candidate, c.revision, q.position), '[]') INTO v_asked
  FROM jsonb_to_recordset(p_calls) AS q(gate text, position bigint, call_id uuid, cluster text, candidates jsonb)
  JOIN evidence_place p ON p.gate = q.gate AND p.position = q.position AND p.call_id = q.call_id AND NOT p.missing
  CROSS JOIN LATERAL jsonb_to_recordset(q.candidates) AS c(candidate text, revision text, attempt_id uuid, void text)
  JOIN evidence_line l ON l.gate = q.gate AND l.candidate = c.candidate AND l.revision = c.revision AND l.stopped IS NULL;

  INSERT INTO evidence_row (gate, candidate, revision, position, call_id, cluster, attempt_id, state, reason, ended_at)
  SELECT a.gate, a.candidate, a.revision, a.position, a.call_id, a.cluster, a.attempt_id,
    CASE WHEN a.reason IS NULL THEN 'open' ELSE 'void' END, a.reason,
    CASE WHEN a.reason IS NOT NULL THEN clock_timestamp() END
  FROM jsonb_to_recordset(v_asked) AS a(gate text, candidate text, revision text, position bigint, call_id uuid,
    cluster text, attempt_id uuid, reason text)
  ON CONFLICT DO NOTHING;

  INSERT INTO evidence_row (gate, candidate, revision, position, call_id, cluster, attempt_id, state, reason, ended_at)
  SELECT a.gate, a.candidate, a.revision, a.position, a.call_id, a.cluster, a.attempt_id, 'void', 'same_cluster', clock_timestamp()
  FROM jsonb_to_recordset(v_asked) AS a(gate text, candidate text, revision text, position bigint, call_id uuid,
    cluster text, attempt_id uuid)
  WHERE NOT EXISTS (SELECT FROM evidence_row r WHERE r.call_id = a.call_id AND r.candidate = a.candidate)
  ON CONFLICT DO NOTHING;

  RETURN QUERY
  SELECT r.call_id, r.candidate, r.attempt_id, r.state, r.reason
  FROM jsonb_to_recordset(v_asked) AS a(candidate text, call_id uuid)
  JOIN evidence_row r ON r.call_id = a.call_id AND r.candidate = a.candidate;
END $$;
