-- What the request path keeps in PostgreSQL when there is no Redis: the envelope desk, the snapshot feed, the mirror
-- store. Written by libs/postgres/src/desk and by nothing else; not in schema.prisma.

-- Money is nano-USD. A limit is at most the largest amount both desks count exactly (contracts/money.ts).
CREATE TABLE desk_built (
  organisation text PRIMARY KEY,
  built_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE desk_envelope (
  organisation text NOT NULL,
  id text NOT NULL,
  limit_nano_usd bigint NOT NULL CHECK (limit_nano_usd BETWEEN 0 AND 9007199000000000),
  -- The least of settled + held at which the route is steered; null never.
  steer_nano_usd bigint,
  PRIMARY KEY (organisation, id)
);

CREATE TABLE desk_window (
  organisation text NOT NULL,
  envelope text NOT NULL,
  place int NOT NULL,
  id text NOT NULL,
  starts_at_ms bigint NOT NULL,
  ends_at_ms bigint,
  PRIMARY KEY (organisation, envelope, place)
);

-- Few rows, each updated by every batch: room for HOT updates on the page, and vacuum without waiting for a share.
CREATE TABLE desk_balance (
  organisation text NOT NULL,
  envelope text NOT NULL,
  window_id text NOT NULL,
  settled_nano_usd bigint NOT NULL DEFAULT 0,
  held_nano_usd bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (organisation, envelope, window_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- A hold is a row from admission until `remember` after its ending, so that both may be asked for again.
CREATE TABLE desk_hold (
  organisation text NOT NULL,
  id text NOT NULL,
  call_id text NOT NULL,
  amount_nano_usd bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  -- The first answer, as sent; its envelopes are the windows of admission.
  answer jsonb NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (organisation, id)
);
CREATE INDEX desk_hold_open ON desk_hold (organisation, expires_at_ms, id COLLATE "C") WHERE settled_at IS NULL;
CREATE INDEX desk_hold_ended ON desk_hold (organisation, settled_at) WHERE settled_at IS NOT NULL;

-- Records waiting for the ledger.
CREATE TABLE desk_record (
  cursor bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation text NOT NULL,
  record text NOT NULL
);
CREATE INDEX desk_record_waiting ON desk_record (organisation, cursor);

CREATE TABLE desk_line (
  organisation text NOT NULL,
  line text NOT NULL,
  next_position bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (organisation, line)
);

-- The functions below share an advisory lock per organisation: those that move money hold it together, those that
-- replace envelopes or everything hold it alone, so a rebuild comes before or after a batch and never into it.

-- desk_put: adds envelopes or replaces limit and windows.
-- IN   p_envelopes: [{id, limit, steer, windows: [{id, starts, ends}]}], amounts as text
-- OUT  false, and nothing changed, when the organisation's desk was never built
-- GUARANTEE  what is settled or held is not touched
CREATE FUNCTION desk_put(p_organisation text, p_envelopes jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('o10 desk ' || p_organisation, 0));
  IF NOT EXISTS (SELECT FROM desk_built WHERE organisation = p_organisation) THEN RETURN false; END IF;
  INSERT INTO desk_envelope (organisation, id, limit_nano_usd, steer_nano_usd)
  SELECT p_organisation, e.id, e."limit", e.steer
  FROM jsonb_to_recordset(p_envelopes) AS e(id text, "limit" bigint, steer bigint)
  ORDER BY e.id
  ON CONFLICT (organisation, id) DO UPDATE
    SET limit_nano_usd = excluded.limit_nano_usd, steer_nano_usd = excluded.steer_nano_usd;
  DELETE FROM desk_window WHERE organisation = p_organisation
    AND envelope = ANY (ARRAY(SELECT e.id FROM jsonb_to_recordset(p_envelopes) AS e(id text)));
  INSERT INTO desk_window (organisation, envelope, place, id, starts_at_ms, ends_at_ms)
  SELECT p_organisation, e.id, w.place, w.id, w.starts, w.ends
  FROM jsonb_to_recordset(p_envelopes) AS e(id text, windows jsonb),
    ROWS FROM (jsonb_to_recordset(e.windows) AS (id text, starts bigint, ends bigint))
      WITH ORDINALITY AS w(id, starts, ends, place);
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
-- Rows are found by `= ANY (array)`, by LATERAL … OFFSET 0 or by ON CONFLICT, never by a plain join: plans are made
-- while the tables are empty, and a join planned then reads all of an organisation's rows once they are not.
CREATE FUNCTION desk_hold(p_organisation text, p_envelopes text[], p_lines text[], p_requests jsonb) RETURNS jsonb
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_now bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
  v_limits bigint[]; v_steers bigint[]; v_windows text[]; v_ends bigint[];
  v_settled bigint[]; v_held bigint[]; v_added bigint[]; v_positions bigint[];
  v_known jsonb; v_answers jsonb[] := '{}'; v_answer jsonb;
  v_ids text[] := '{}'; v_calls text[] := '{}'; v_amounts bigint[] := '{}'; v_expiries bigint[] := '{}';
  v_holds jsonb[] := '{}';
  v_worst int; v_rank int; v_refuser int; v_unknown int; v_steered boolean; v_would text[]; v_places jsonb;
  v_at int; r record; b record;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('o10 desk ' || p_organisation, 0));
  v_settled := array_fill(NULL::bigint, ARRAY[cardinality(p_envelopes)]);
  v_held := v_settled;
  v_added := array_fill(0::bigint, ARRAY[cardinality(p_envelopes)]);
  v_positions := array_fill(NULL::bigint, ARRAY[cardinality(p_lines)]);
  SELECT array_agg(e.limit_nano_usd ORDER BY a.place), array_agg(e.steer_nano_usd ORDER BY a.place),
         array_agg(w.id ORDER BY a.place), array_agg(w.ends_at_ms ORDER BY a.place)
  INTO v_limits, v_steers, v_windows, v_ends
  FROM unnest(p_envelopes) WITH ORDINALITY AS a(id, place)
  LEFT JOIN LATERAL (
    SELECT d.id, d.limit_nano_usd, d.steer_nano_usd FROM desk_envelope d
    WHERE d.organisation = p_organisation AND d.id = a.id OFFSET 0) e ON true
  LEFT JOIN LATERAL (
    SELECT d.id, d.ends_at_ms FROM desk_window d
    WHERE d.organisation = p_organisation AND d.envelope = e.id
      AND d.starts_at_ms <= v_now AND (d.ends_at_ms IS NULL OR v_now < d.ends_at_ms)
    ORDER BY d.place LIMIT 1) w ON true;

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
    v_settled[b.place] := b.settled_nano_usd;
    v_held[b.place] := b.held_nano_usd;
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
    v_unknown := NULL; v_worst := 0; v_refuser := NULL; v_steered := false; v_would := '{}'; v_places := '[]';
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
        v_steered := v_steered OR coalesce(v_settled[v_at] + v_held[v_at] >= v_steers[v_at], false);
        v_places := v_places || jsonb_build_object('envelope', p_envelopes[v_at], 'window', v_windows[v_at]);
      END LOOP;
      v_answer := jsonb_build_object('outcome', 'held', 'holdId', r.id, 'envelopes', v_places,
        'step', CASE WHEN v_steered THEN 'steer' END, 'wouldRefuse', to_jsonb(v_would), 'position', v_positions[r.line]);
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

-- desk_settle: ends holds; the money moves and the record is appended in the same statement.
-- IN   p_settlements: [{id, cost, envelopes: [{envelope, window}], record}], no id twice
-- OUT  per settlement, in order: true settled now, false it was before
-- GUARANTEE  exactly once per id; a known hold on the windows of its admission, an unknown one on the windows named.
--      Fails with unique_violation when an unknown id is settled elsewhere at the same time: asked again, it answers
CREATE FUNCTION desk_settle(p_organisation text, p_settlements jsonb) RETURNS boolean[]
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE v_known jsonb; v_open text[]; v_settled boolean[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('o10 desk ' || p_organisation, 0));
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
    INSERT INTO desk_record (organisation, record)
    SELECT p_organisation, s.record FROM asked s WHERE s.moves ORDER BY s.place
  )
  SELECT coalesce(array_agg(s.moves ORDER BY s.place), '{}') INTO v_settled FROM asked s;
  RETURN v_settled;
END $$;

-- desk_acknowledge: forgets records the ledger has, and holds that ended `p_remember_ms` ago or earlier.
-- IN   p_cursors of records; p_remember_ms
-- OUT  nothing
-- GUARANTEE  a cursor of another organisation, or one acknowledged before, does nothing; at most 2 holds go per record
--      that goes, and 1,000 more, so that the sweep keeps up and no call of it is long
CREATE FUNCTION desk_acknowledge(p_organisation text, p_cursors bigint[], p_remember_ms bigint) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM desk_record WHERE organisation = p_organisation AND cursor = ANY (p_cursors);
  DELETE FROM desk_hold WHERE ctid = ANY (ARRAY(
    SELECT h.ctid FROM desk_hold h
    WHERE h.organisation = p_organisation AND h.settled_at <= clock_timestamp() - p_remember_ms * interval '1 millisecond'
    ORDER BY h.settled_at LIMIT 1000 + 2 * cardinality(p_cursors) FOR UPDATE SKIP LOCKED));
END $$;

-- desk_rebuild: replaces what the organisation's desk knows.
-- IN   p_state: {envelopes: as desk_put, balances: [{envelope, window, settled, held}],
--      holds: [{id, call, amount, expires, envelopes}], lines: [{line, next}]}, amounts as text, instants in ms
-- OUT  nothing
-- GUARANTEE  records waiting for the ledger stay, and so does what has ended, unless the state names it as open
CREATE FUNCTION desk_rebuild(p_organisation text, p_state jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('o10 desk ' || p_organisation, 0));
  DELETE FROM desk_envelope WHERE organisation = p_organisation;
  DELETE FROM desk_window WHERE organisation = p_organisation;
  DELETE FROM desk_balance WHERE organisation = p_organisation;
  DELETE FROM desk_line WHERE organisation = p_organisation;
  DELETE FROM desk_hold WHERE organisation = p_organisation AND (settled_at IS NULL
    OR id IN (SELECT o.id FROM jsonb_to_recordset(p_state -> 'holds') AS o(id text)));
  INSERT INTO desk_built (organisation) VALUES (p_organisation) ON CONFLICT (organisation) DO UPDATE SET built_at = clock_timestamp();
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
END $$;

-- The latest snapshot of each organisation, and every key with the number of its last change.
CREATE TABLE feed_snapshot (
  organisation text PRIMARY KEY,
  version bigint NOT NULL,
  sha256 text NOT NULL,
  body text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE feed_key (
  organisation text NOT NULL,
  id text NOT NULL,
  sequence bigint NOT NULL,
  key jsonb NOT NULL,
  PRIMARY KEY (organisation, id),
  UNIQUE (organisation, sequence)
);

-- feed_publish: makes a snapshot the latest and tells the listeners of channel `o10_feed`.
-- IN   version, hex digest and body  OUT  false, and nothing changed, when the latest is not older
-- GUARANTEE  versions only grow, also between two publishers at once
CREATE FUNCTION feed_publish(p_organisation text, p_version bigint, p_sha256 text, p_body text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO feed_snapshot AS f (organisation, version, sha256, body) VALUES (p_organisation, p_version, p_sha256, p_body)
  ON CONFLICT (organisation) DO UPDATE
    SET version = excluded.version, sha256 = excluded.sha256, body = excluded.body, published_at = clock_timestamp()
    WHERE f.version < excluded.version;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM pg_notify('o10_feed', p_organisation);
  RETURN true;
END $$;

-- feed_publish_keys: appends changes of keys.
-- IN   p_keys: [ApiKey]; the same id twice: the later one stays
-- OUT  the sequence of the first; the others follow without gaps
-- GUARANTEE  numbers are given under a lock held until commit, so a reader never sees a number before a smaller one
CREATE FUNCTION feed_publish_keys(p_organisation text, p_keys jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE v_first bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('o10 feed ' || p_organisation, 0));
  SELECT coalesce(max(sequence), 0) + 1 INTO v_first FROM feed_key WHERE organisation = p_organisation;
  INSERT INTO feed_key (organisation, id, sequence, key)
  SELECT DISTINCT ON (k.key ->> 'id') p_organisation, k.key ->> 'id', v_first + k.place - 1, k.key
  FROM jsonb_array_elements(p_keys) WITH ORDINALITY AS k(key, place)
  ORDER BY k.key ->> 'id', k.place DESC
  ON CONFLICT (organisation, id) DO UPDATE SET sequence = excluded.sequence, key = excluded.key;
  PERFORM pg_notify('o10_feed', p_organisation);
  RETURN v_first;
END $$;

-- Sealed copies of calls, until their replay or their end.
CREATE TABLE mirror_payload (
  pointer text PRIMARY KEY,
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
-- Sealed bytes do not compress.
ALTER TABLE mirror_payload ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX mirror_payload_expiry ON mirror_payload (expires_at);

-- mirror_put: keeps a sealed copy for `p_lifetime_ms`, and sweeps some that are past theirs.
-- IN   pointer, bytes, lifetime  OUT  nothing  GUARANTEE  under a pointer used before, the new copy and lifetime count
CREATE FUNCTION mirror_put(p_pointer text, p_sealed bytea, p_lifetime_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM mirror_payload WHERE ctid = ANY (ARRAY(
    SELECT m.ctid FROM mirror_payload m WHERE m.expires_at <= clock_timestamp()
    ORDER BY m.expires_at LIMIT 10 FOR UPDATE SKIP LOCKED));
  INSERT INTO mirror_payload (pointer, sealed, expires_at)
  VALUES (p_pointer, p_sealed, clock_timestamp() + p_lifetime_ms * interval '1 millisecond')
  ON CONFLICT (pointer) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at;
END $$;
