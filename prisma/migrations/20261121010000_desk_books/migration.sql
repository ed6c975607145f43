-- The desk keeps books: which records wait for the ledger and what they cost, what it knows of an attempt, an epoch, and a
-- freeze under which its state can be taken and replaced. Envelopes have a ladder, and windows that count others too.

ALTER TABLE desk_built ADD COLUMN epoch bigint NOT NULL DEFAULT 1, ADD COLUMN frozen_by text, ADD COLUMN frozen_until timestamptz;
-- The least of settled + held at which each further step of the ladder begins; null never.
ALTER TABLE desk_envelope ADD COLUMN flex_nano_usd bigint, ADD COLUMN shrink_nano_usd bigint, ADD COLUMN cap_nano_usd bigint;
-- Earlier windows that count against the limit of this one: the buckets of a rolling window.
ALTER TABLE desk_window ADD COLUMN also text[] NOT NULL DEFAULT '{}';
-- Whose record waits, and the money that moved with it.
ALTER TABLE desk_record ADD COLUMN hold_id text, ADD COLUMN cost_nano_usd bigint NOT NULL DEFAULT 0,
  ADD COLUMN envelopes jsonb NOT NULL DEFAULT '[]';
CREATE INDEX desk_record_hold ON desk_record (organisation, hold_id);

-- desk_not_frozen: what moves money asks it first, under the organisation's shared lock.
-- IN   the organisation  OUT  nothing
-- GUARANTEE  raises lock_not_available (55P03) while the desk is frozen
CREATE FUNCTION desk_not_frozen(p_organisation text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM desk_built WHERE organisation = p_organisation AND frozen_until > clock_timestamp()) THEN
    RAISE EXCEPTION 'the desk of % is being rebuilt', p_organisation USING ERRCODE = 'lock_not_available';
  END IF;
END $$;

-- desk_put: adds envelopes or replaces limit and windows.
-- IN   p_envelopes: [{id, limit, steer, flex, shrink, cap, windows: [{id, starts, ends, also}]}], amounts as text
-- OUT  false, and nothing changed, when the organisation's desk was never built
-- GUARANTEE  what is settled or held is not touched
CREATE OR REPLACE FUNCTION desk_put(p_organisation text, p_envelopes jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('o10 desk ' || p_organisation, 0));
  IF NOT EXISTS (SELECT FROM desk_built WHERE organisation = p_organisation AND epoch > 0) THEN RETURN false; END IF;
  INSERT INTO desk_envelope (organisation, id, limit_nano_usd, steer_nano_usd, flex_nano_usd, shrink_nano_usd, cap_nano_usd)
  SELECT p_organisation, e.id, e."limit", e.steer, e.flex, e.shrink, e.cap
  FROM jsonb_to_recordset(p_envelopes) AS e(id text, "limit" bigint, steer bigint, flex bigint, shrink bigint, cap bigint)
  ORDER BY e.id
  ON CONFLICT (organisation, id) DO UPDATE
    SET limit_nano_usd = excluded.limit_nano_usd, steer_nano_usd = excluded.steer_nano_usd,
        flex_nano_usd = excluded.flex_nano_usd, shrink_nano_usd = excluded.shrink_nano_usd, cap_nano_usd = excluded.cap_nano_usd;
  DELETE FROM desk_window WHERE organisation = p_organisation
    AND envelope = ANY (ARRAY(SELECT e.id FROM jsonb_to_recordset(p_envelopes) AS e(id text)));
  INSERT INTO desk_window (organisation, envelope, place, id, starts_at_ms, ends_at_ms, also)
  SELECT p_organisation, e.id, w.place, w.id, w.starts, w.ends, coalesce(w.also, '{}')
  FROM jsonb_to_recordset(p_envelopes) AS e(id text, windows jsonb),
    ROWS FROM (jsonb_to_recordset(e.windows) AS (id text, starts bigint, ends bigint, also text[]))
      WITH ORDINALITY AS w(id, starts, ends, also, place);
  RETURN true;
END $$;

-- desk_hold: holds money for a batch of calls.
-- IN   p_envelopes: every envelope of the batch once, sorted; p_lines: every line of the batch once, sorted
--      p_requests: [{id, call, amount, expires, line, at, refuses}]; `at` and `line` are places in those arrays, from 1;
--      `refuses` goes with `at`; no id twice
-- OUT  one HoldAnswer per request, in order, amounts as text
-- GUARANTEE  each request is all or nothing; requests of a batch see each other; balances are locked in the order of
--      their key, so that batches wait for each other and never in a circle. Fails with unique_violation when the same
--      id is held elsewhere at the same time: asked again, it answers
-- A desk that was never built admits nothing: it names the first envelope asked for, or "".
-- Rows are found by `= ANY (array)`, by LATERAL … OFFSET 0 or by ON CONFLICT, never by a plain join: plans are made
-- while the tables are empty, and a join planned then reads all of an organisation's rows once they are not.
CREATE OR REPLACE FUNCTION desk_hold(p_organisation text, p_envelopes text[], p_lines text[], p_requests jsonb) RETURNS jsonb
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_now bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
  v_built boolean := EXISTS (SELECT FROM desk_built WHERE organisation = p_organisation AND epoch > 0);
  v_steps text[] := '{steer,flex,shrink,cap}'; v_step int; v_shares bigint[][];
  v_limits bigint[]; v_windows text[]; v_ends bigint[]; v_also_settled bigint[]; v_also_held bigint[];
  v_settled bigint[]; v_held bigint[]; v_added bigint[]; v_positions bigint[];
  v_known jsonb; v_answers jsonb[] := '{}'; v_answer jsonb;
  v_ids text[] := '{}'; v_calls text[] := '{}'; v_amounts bigint[] := '{}'; v_expiries bigint[] := '{}';
  v_holds jsonb[] := '{}';
  v_worst int; v_rank int; v_refuser int; v_unknown int; v_would text[]; v_places jsonb;
  v_at int; r record; b record;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('o10 desk ' || p_organisation, 0));
  PERFORM desk_not_frozen(p_organisation);
  v_settled := array_fill(NULL::bigint, ARRAY[cardinality(p_envelopes)]);
  v_held := v_settled;
  v_added := array_fill(0::bigint, ARRAY[cardinality(p_envelopes)]);
  v_positions := array_fill(NULL::bigint, ARRAY[cardinality(p_lines)]);
  SELECT array_agg(e.limit_nano_usd ORDER BY a.place),
         array_agg(ARRAY[e.steer_nano_usd, e.flex_nano_usd, e.shrink_nano_usd, e.cap_nano_usd] ORDER BY a.place),
         array_agg(w.id ORDER BY a.place), array_agg(w.ends_at_ms ORDER BY a.place),
         array_agg(coalesce(o.settled, 0) ORDER BY a.place), array_agg(coalesce(o.held, 0) ORDER BY a.place)
  INTO v_limits, v_shares, v_windows, v_ends, v_also_settled, v_also_held
  FROM unnest(p_envelopes) WITH ORDINALITY AS a(id, place)
  LEFT JOIN LATERAL (
    SELECT d.id, d.limit_nano_usd, d.steer_nano_usd, d.flex_nano_usd, d.shrink_nano_usd, d.cap_nano_usd FROM desk_envelope d
    WHERE d.organisation = p_organisation AND d.id = a.id OFFSET 0) e ON true
  LEFT JOIN LATERAL (
    SELECT d.id, d.ends_at_ms, d.also FROM desk_window d
    WHERE d.organisation = p_organisation AND d.envelope = e.id
      AND d.starts_at_ms <= v_now AND (d.ends_at_ms IS NULL OR v_now < d.ends_at_ms)
    ORDER BY d.place LIMIT 1) w ON true
  -- Other buckets of a rolling window: what is held there may only become less, or be settled above its hold.
  LEFT JOIN LATERAL (
    SELECT sum(d.settled_nano_usd)::bigint AS settled, sum(d.held_nano_usd)::bigint AS held FROM desk_balance d
    WHERE d.organisation = p_organisation AND d.envelope = a.id AND d.window_id = ANY (w.also) OFFSET 0) o ON w.also <> '{}';

  INSERT INTO desk_balance (organisation, envelope, window_id)
  SELECT p_organisation, a.id, a.window_id FROM unnest(p_envelopes, v_windows) AS a(id, window_id)
  WHERE a.window_id IS NOT NULL ORDER BY a.id, a.window_id
  ON CONFLICT DO NOTHING;
  FOR b IN
    SELECT a.place, l.settled_nano_usd, l.held_nano_usd
    FROM (SELECT * FROM unnest(p_envelopes, v_windows) WITH ORDINALITY AS u(id, window_id, place) ORDER BY u.id, u.window_id) a
    CROSS JOIN LATERAL (
      SELECT d.settled_nano_usd, d.held_nano_usd FROM desk_balance d
      WHERE d.organisation = p_organisation AND d.envelope = a.id AND d.window_id = a.window_id OFFSET 0 FOR UPDATE) l
  LOOP
    v_settled[b.place] := b.settled_nano_usd + v_also_settled[b.place];
    v_held[b.place] := b.held_nano_usd + v_also_held[b.place];
  END LOOP;
  IF cardinality(p_lines) > 0 THEN
    INSERT INTO desk_line (organisation, line) SELECT p_organisation, a.line FROM unnest(p_lines) AS a(line)
    ORDER BY a.line ON CONFLICT DO NOTHING;
    FOR b IN
      SELECT a.place, l.next_position
      FROM (SELECT * FROM unnest(p_lines) WITH ORDINALITY AS u(line, place) ORDER BY u.line) a
      CROSS JOIN LATERAL (
        SELECT d.next_position FROM desk_line d
        WHERE d.organisation = p_organisation AND d.line = a.line OFFSET 0 FOR UPDATE) l
    LOOP
      v_positions[b.place] := b.next_position;
    END LOOP;
  END IF;
  -- After the locks: a twin of this batch that was ahead of it has committed and is seen.
  SELECT coalesce(jsonb_object_agg(h.id, h.answer), '{}') INTO v_known FROM desk_hold h
  WHERE h.organisation = p_organisation
    AND h.id = ANY (ARRAY(SELECT q.id FROM jsonb_to_recordset(p_requests) AS q(id text)));

  FOR r IN
    SELECT * FROM ROWS FROM (jsonb_to_recordset(p_requests)
      AS (id text, call text, amount bigint, expires bigint, line int, at int[], refuses boolean[]))
      WITH ORDINALITY AS q(id, call, amount, expires, line, at, refuses, place)
    ORDER BY q.place
  LOOP
    IF v_known ? r.id THEN
      v_answers := array_append(v_answers, v_known -> r.id);
      CONTINUE;
    END IF;
    IF NOT v_built THEN
      v_answers := array_append(v_answers, jsonb_build_object('outcome', 'unknown_envelope', 'holdId', r.id,
        'envelope', coalesce(p_envelopes[r.at[1]], '')));
      CONTINUE;
    END IF;
    v_unknown := NULL; v_worst := 0; v_refuser := NULL; v_step := 0; v_would := '{}'; v_places := '[]';
    FOR i IN 1 .. cardinality(r.at) LOOP
      v_at := r.at[i];
      IF v_windows[v_at] IS NULL THEN v_unknown := v_at; EXIT; END IF;
      IF v_settled[v_at] + v_held[v_at] + r.amount > v_limits[v_at] THEN
        IF r.refuses[i] THEN
          v_rank := CASE WHEN r.amount > v_limits[v_at] THEN 3 WHEN v_settled[v_at] + r.amount > v_limits[v_at] THEN 2 ELSE 1 END;
          IF v_rank > v_worst THEN v_worst := v_rank; v_refuser := v_at; END IF;
        ELSE
          v_would := array_append(v_would, p_envelopes[v_at]);
        END IF;
      END IF;
    END LOOP;

    IF v_unknown IS NOT NULL THEN
      v_answer := jsonb_build_object('outcome', 'unknown_envelope', 'holdId', r.id, 'envelope', p_envelopes[v_unknown]);
    ELSIF v_refuser IS NOT NULL THEN
      v_answer := jsonb_build_object('outcome', 'refused', 'holdId', r.id, 'refusal', jsonb_build_object(
        'envelope', p_envelopes[v_refuser], 'reason', (ARRAY['in_flight', 'spent', 'never_fits'])[v_worst],
        'limitNanoUsd', v_limits[v_refuser]::text, 'settledNanoUsd', v_settled[v_refuser]::text,
        'heldNanoUsd', v_held[v_refuser]::text, 'resetsAtMs', v_ends[v_refuser]));
    ELSE
      FOREACH v_at IN ARRAY r.at LOOP
        v_held[v_at] := v_held[v_at] + r.amount;
        v_added[v_at] := v_added[v_at] + r.amount;
        FOR s IN v_step + 1 .. 4 LOOP
          IF v_settled[v_at] + v_held[v_at] >= v_shares[v_at][s] THEN v_step := s; END IF;
        END LOOP;
        v_places := v_places || jsonb_build_object('envelope', p_envelopes[v_at], 'window', v_windows[v_at]);
      END LOOP;
      v_answer := jsonb_build_object('outcome', 'held', 'holdId', r.id, 'envelopes', v_places,
        'step', v_steps[v_step], 'wouldRefuse', to_jsonb(v_would), 'position', v_positions[r.line]);
      IF r.line IS NOT NULL THEN v_positions[r.line] := v_positions[r.line] + 1; END IF;
      v_ids := array_append(v_ids, r.id);
      v_calls := array_append(v_calls, r.call);
      v_amounts := array_append(v_amounts, r.amount);
      v_expiries := array_append(v_expiries, v_now + r.expires);
      v_holds := array_append(v_holds, v_answer);
    END IF;
    v_answers := array_append(v_answers, v_answer);
  END LOOP;

  IF cardinality(v_ids) > 0 THEN
    INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer)
    SELECT p_organisation, n.* FROM unnest(v_ids, v_calls, v_amounts, v_expiries, v_holds) AS n(id, call_id, amount, expiry, answer)
    ORDER BY n.id;
    INSERT INTO desk_balance AS d (organisation, envelope, window_id, held_nano_usd)
    SELECT p_organisation, n.id, n.window_id, n.added FROM unnest(p_envelopes, v_windows, v_added) AS n(id, window_id, added)
    WHERE n.added > 0
    ON CONFLICT (organisation, envelope, window_id) DO UPDATE SET held_nano_usd = d.held_nano_usd + excluded.held_nano_usd;
    INSERT INTO desk_line AS d (organisation, line, next_position)
    SELECT p_organisation, n.line, n.next_position FROM unnest(p_lines, v_positions) AS n(line, next_position)
    ON CONFLICT (organisation, line) DO UPDATE SET next_position = excluded.next_position;
  END IF;
  RETURN to_jsonb(v_answers);
END $$;

-- desk_settle: ends holds, or adjusts what has ended (a cost below 0); the money moves and the record is appended in the same statement.
-- IN   p_settlements: [{id, cost, envelopes: [{envelope, window}], record}], no id twice
-- OUT  per settlement, in order: true settled now, false it was before
-- GUARANTEE  exactly once per id; a known hold on the windows of its admission, an unknown one on the windows named.
--      Fails with unique_violation when an unknown id is settled elsewhere at the same time: asked again, it answers
CREATE OR REPLACE FUNCTION desk_settle(p_organisation text, p_settlements jsonb) RETURNS boolean[]
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE v_known jsonb; v_open text[]; v_settled boolean[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('o10 desk ' || p_organisation, 0));
  PERFORM desk_not_frozen(p_organisation);
  SELECT coalesce(jsonb_object_agg(h.id, jsonb_build_object(
      'open', h.settled_at IS NULL, 'amount', h.amount_nano_usd, 'envelopes', h.answer -> 'envelopes')), '{}'),
    array_agg(h.id) FILTER (WHERE h.settled_at IS NULL)
  INTO v_known, v_open
  FROM (
    SELECT d.id, d.amount_nano_usd, d.answer, d.settled_at FROM desk_hold d
    WHERE d.organisation = p_organisation
      AND d.id = ANY (ARRAY(SELECT s.id FROM jsonb_to_recordset(p_settlements) AS s(id text)))
    ORDER BY d.id FOR UPDATE) h;

  UPDATE desk_hold SET settled_at = clock_timestamp() WHERE organisation = p_organisation AND id = ANY (v_open);
  -- Ended a second time after a rebuild: of an id's records the latest stands for its money.
  UPDATE desk_record SET hold_id = NULL, cost_nano_usd = 0 WHERE organisation = p_organisation AND hold_id = ANY (v_open);
  WITH asked AS MATERIALIZED (
    SELECT s.id, s.cost, s.record, s.place, v_known ? s.id AS known,
      coalesce((v_known -> s.id ->> 'open')::boolean, true) AS moves,
      coalesce((v_known -> s.id ->> 'amount')::bigint, 0) AS amount,
      coalesce(v_known -> s.id -> 'envelopes', s.envelopes) AS envelopes
    FROM ROWS FROM (jsonb_to_recordset(p_settlements) AS (id text, cost bigint, envelopes jsonb, record text))
      WITH ORDINALITY AS s(id, cost, envelopes, record, place)
  ), forgotten AS (
    INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer, settled_at)
    SELECT p_organisation, s.id, '', 0, 0, jsonb_build_object('outcome', 'held', 'holdId', s.id,
      'envelopes', s.envelopes, 'step', NULL, 'wouldRefuse', '[]'::jsonb, 'position', NULL), clock_timestamp()
    FROM asked s WHERE NOT s.known ORDER BY s.id
  ), moved AS (
    INSERT INTO desk_balance AS d (organisation, envelope, window_id, settled_nano_usd, held_nano_usd)
    SELECT p_organisation, e.envelope, e."window", sum(s.cost)::bigint, -sum(s.amount)::bigint
    FROM asked s, jsonb_to_recordset(s.envelopes) AS e(envelope text, "window" text)
    WHERE s.moves GROUP BY 2, 3 ORDER BY 2, 3
    ON CONFLICT (organisation, envelope, window_id) DO UPDATE
      SET settled_nano_usd = d.settled_nano_usd + excluded.settled_nano_usd,
          held_nano_usd = d.held_nano_usd + excluded.held_nano_usd
  ), appended AS (
    INSERT INTO desk_record (organisation, record, hold_id, cost_nano_usd, envelopes)
    SELECT p_organisation, s.record, s.id, s.cost, s.envelopes FROM asked s WHERE s.moves ORDER BY s.place
  )
  SELECT coalesce(array_agg(s.moves ORDER BY s.place), '{}') INTO v_settled FROM asked s;
  RETURN v_settled;
END $$;

-- desk_rebuild: replaces what the organisation's desk knows.
-- IN   p_frozen: the proof of a freeze, or null; p_epoch; p_ended: ids that have ended; p_state: {envelopes: as desk_put, balances: [{envelope, window, settled, held}],
--      holds: [{id, call, amount, expires, envelopes}], lines: [{line, next}]}, amounts as text, instants in ms
-- OUT  false, and nothing changed, when that freeze is over
-- GUARANTEE  records waiting for the ledger stay, and so does what has ended, unless the state names it as open
DROP FUNCTION desk_rebuild(text, jsonb);
CREATE FUNCTION desk_rebuild(p_organisation text, p_state jsonb, p_epoch bigint, p_ended text[], p_frozen text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('o10 desk ' || p_organisation, 0));
  IF p_frozen IS NOT NULL AND NOT EXISTS (SELECT FROM desk_built
    WHERE organisation = p_organisation AND frozen_by = p_frozen AND frozen_until > clock_timestamp()) THEN
    RETURN false;
  END IF;
  DELETE FROM desk_envelope WHERE organisation = p_organisation;
  DELETE FROM desk_window WHERE organisation = p_organisation;
  DELETE FROM desk_balance WHERE organisation = p_organisation;
  DELETE FROM desk_line WHERE organisation = p_organisation;
  DELETE FROM desk_hold WHERE organisation = p_organisation AND (settled_at IS NULL
    OR id IN (SELECT o.id FROM jsonb_to_recordset(p_state -> 'holds') AS o(id text)));
  INSERT INTO desk_built (organisation, epoch) VALUES (p_organisation, p_epoch) ON CONFLICT (organisation) DO UPDATE
    SET built_at = clock_timestamp(), epoch = p_epoch, frozen_by = NULL, frozen_until = NULL;
  PERFORM desk_put(p_organisation, p_state -> 'envelopes');
  INSERT INTO desk_balance (organisation, envelope, window_id, settled_nano_usd, held_nano_usd)
  SELECT p_organisation, b.envelope, b."window", b.settled, b.held
  FROM jsonb_to_recordset(p_state -> 'balances') AS b(envelope text, "window" text, settled bigint, held bigint);
  INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer)
  SELECT p_organisation, h.id, h.call, h.amount, h.expires, jsonb_build_object('outcome', 'held', 'holdId', h.id,
    'envelopes', h.envelopes, 'step', NULL, 'wouldRefuse', '[]'::jsonb, 'position', NULL)
  FROM jsonb_to_recordset(p_state -> 'holds') AS h(id text, call text, amount bigint, expires bigint, envelopes jsonb);
  INSERT INTO desk_line (organisation, line, next_position)
  SELECT p_organisation, l.line, l.next FROM jsonb_to_recordset(p_state -> 'lines') AS l(line text, next bigint);
  INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer, settled_at)
  SELECT p_organisation, e.id, '', 0, 0, jsonb_build_object('outcome', 'held', 'holdId', e.id, 'envelopes', '[]'::jsonb,
    'step', NULL, 'wouldRefuse', '[]'::jsonb, 'position', NULL), clock_timestamp()
  FROM unnest(p_ended) AS e(id)
  ON CONFLICT (organisation, id) DO NOTHING;
  RETURN true;
END $$;

-- desk_freeze: nothing moves money until `p_for_ms` from now, or a rebuild.
-- IN   the proof to be known by  OUT  nothing
-- GUARANTEE  what was under way has ended when it returns. A desk that is not built stays so (its epoch is 0)
CREATE FUNCTION desk_freeze(p_organisation text, p_proof text, p_for_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('o10 desk ' || p_organisation, 0));
  INSERT INTO desk_built (organisation, epoch, frozen_by, frozen_until)
  VALUES (p_organisation, 0, p_proof, clock_timestamp() + p_for_ms * interval '1 millisecond')
  ON CONFLICT (organisation) DO UPDATE SET frozen_by = excluded.frozen_by, frozen_until = excluded.frozen_until;
END $$;

-- desk_rehold: counts holds again that the desk has lost.
-- IN   p_holds: [{id, call, amount, expires, envelopes, line, next}], `line` null where no place was given
-- OUT  nothing
-- GUARANTEE  an id that is open or has ended is left as it is; no limit is looked at. Balances in the order of their key
CREATE FUNCTION desk_rehold(p_organisation text, p_holds jsonb) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('o10 desk ' || p_organisation, 0));
  PERFORM desk_not_frozen(p_organisation);
  WITH asked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(p_holds) AS h(id text, call text, amount bigint, expires bigint, envelopes jsonb, line text, next bigint)
  ), lost AS (
    INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer)
    SELECT p_organisation, h.id, h.call, h.amount, h.expires, jsonb_build_object('outcome', 'held', 'holdId', h.id,
      'envelopes', h.envelopes, 'step', NULL, 'wouldRefuse', '[]'::jsonb, 'position', NULL)
    FROM asked h ORDER BY h.id
    ON CONFLICT (organisation, id) DO NOTHING RETURNING id
  ), places AS (
    INSERT INTO desk_line AS d (organisation, line, next_position)
    SELECT p_organisation, h.line, max(h.next) FROM asked h WHERE h.line IS NOT NULL AND h.id IN (SELECT id FROM lost)
    GROUP BY h.line ORDER BY h.line
    ON CONFLICT (organisation, line) DO UPDATE SET next_position = greatest(d.next_position, excluded.next_position)
  )
  INSERT INTO desk_balance AS d (organisation, envelope, window_id, held_nano_usd)
  SELECT p_organisation, e.envelope, e."window", sum(h.amount)::bigint
  FROM asked h, jsonb_to_recordset(h.envelopes) AS e(envelope text, "window" text)
  WHERE h.id IN (SELECT id FROM lost) GROUP BY 2, 3 ORDER BY 2, 3
  ON CONFLICT (organisation, envelope, window_id) DO UPDATE SET held_nano_usd = d.held_nano_usd + excluded.held_nano_usd;
END $$;

-- desk_attempts: what the desk knows of attempts.
-- IN   ids  OUT  per id, in order: open, waiting (ended, its record waits for the ledger), recorded or unknown
-- GUARANTEE  all of one instant; changes nothing
CREATE FUNCTION desk_attempts(p_organisation text, p_ids text[]) RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(CASE WHEN h.id IS NULL THEN 'unknown' WHEN h.settled_at IS NULL THEN 'open'
    WHEN w.waits THEN 'waiting' ELSE 'recorded' END ORDER BY a.place), '{}')
  FROM unnest(p_ids) WITH ORDINALITY AS a(id, place)
  LEFT JOIN LATERAL (
    SELECT d.id, d.settled_at FROM desk_hold d WHERE d.organisation = p_organisation AND d.id = a.id OFFSET 0) h ON true
  LEFT JOIN LATERAL (
    SELECT true AS waits FROM desk_record r WHERE r.organisation = p_organisation AND r.hold_id = a.id LIMIT 1) w ON true
$$;
