-- The same prompt asked by several sessions is one observation too: retries, cached duplicates, load tests.
-- `prompt` is a keyed digest; null where the request could not be read, and for rows from before.
ALTER TABLE evidence_row ADD COLUMN prompt text;
CREATE UNIQUE INDEX evidence_row_prompt ON evidence_row (gate, candidate, revision, prompt)
  WHERE state <> 'void' AND prompt IS NOT NULL;

-- evidence_open: gives calls their places, and each candidate its part in them, before anything is sent.
-- IN   p_calls: [{gate, position, use_case, call_id, cluster, prompt, admitted_at, candidates: [{candidate, revision,
--      attempt_id, void}]}]; `void` is why it is not to be replayed, or null
-- OUT  per call and candidate its row as it stands; none where the place is closed or the candidate stopped
-- GUARANTEE  a call's place and all its rows appear together; a call and candidate have one row whatever is asked again;
--      of a cluster, and of a prompt, one row is not void; a candidate of a new gate starts at place 1, one added later where it is first seen
CREATE OR REPLACE FUNCTION evidence_open(p_calls jsonb)
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
    'position', q.position, 'call_id', q.call_id, 'cluster', q.cluster, 'prompt', q.prompt, 'attempt_id', c.attempt_id,
    'reason', CASE WHEN q.position < l.next_position THEN 'late' ELSE c.void END)
    ORDER BY q.gate, c.candidate, c.revision, q.position), '[]') INTO v_asked
  FROM jsonb_to_recordset(p_calls) AS q(gate text, position bigint, call_id uuid, cluster text, prompt text,
    candidates jsonb)
  JOIN evidence_place p ON p.gate = q.gate AND p.position = q.position AND p.call_id = q.call_id AND NOT p.missing
  CROSS JOIN LATERAL jsonb_to_recordset(q.candidates) AS c(candidate text, revision text, attempt_id uuid, void text)
  JOIN evidence_line l ON l.gate = q.gate AND l.candidate = c.candidate AND l.revision = c.revision AND l.stopped IS NULL;

  INSERT INTO evidence_row (gate, candidate, revision, position, call_id, cluster, prompt, attempt_id, state, reason, ended_at)
  SELECT a.gate, a.candidate, a.revision, a.position, a.call_id, a.cluster, a.prompt, a.attempt_id,
    CASE WHEN a.reason IS NULL THEN 'open' ELSE 'void' END, a.reason,
    CASE WHEN a.reason IS NOT NULL THEN clock_timestamp() END
  FROM jsonb_to_recordset(v_asked) AS a(gate text, candidate text, revision text, position bigint, call_id uuid,
    cluster text, prompt text, attempt_id uuid, reason text)
  ON CONFLICT DO NOTHING;

  INSERT INTO evidence_row (gate, candidate, revision, position, call_id, cluster, prompt, attempt_id, state, reason, ended_at)
  SELECT a.gate, a.candidate, a.revision, a.position, a.call_id, a.cluster, a.prompt, a.attempt_id, 'void', 'same_cluster', clock_timestamp()
  FROM jsonb_to_recordset(v_asked) AS a(gate text, candidate text, revision text, position bigint, call_id uuid,
    cluster text, prompt text, attempt_id uuid)
  WHERE NOT EXISTS (SELECT FROM evidence_row r WHERE r.call_id = a.call_id AND r.candidate = a.candidate)
  ON CONFLICT DO NOTHING;

  RETURN QUERY
  SELECT r.call_id, r.candidate, r.attempt_id, r.state, r.reason
  FROM jsonb_to_recordset(v_asked) AS a(candidate text, call_id uuid)
  JOIN evidence_row r ON r.call_id = a.call_id AND r.candidate = a.candidate;
END $$;
