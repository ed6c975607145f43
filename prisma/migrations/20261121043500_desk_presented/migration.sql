-- A hold presented again expires by the desk's clock, and a rebuild takes no line of evidence back.

-- desk_rebuild: replaces what the organisation's desk knows.
-- IN   p_frozen: the proof of a freeze, or null; p_epoch; p_ended: ids that have ended; p_state: {envelopes: as desk_put,
--      balances: [{envelope, window, settled, held}], holds: [{id, call, amount, expires, envelopes}],
--      lines: [{line, next}]}, amounts as text, instants in ms
-- OUT  false, and nothing changed, when that freeze is over
-- GUARANTEE  records waiting for the ledger stay, and so does what has ended, unless the state names it as open. A line
--            of evidence never goes back: what was presented meanwhile has its place
CREATE OR REPLACE FUNCTION desk_rebuild(p_organisation text, p_state jsonb, p_epoch bigint, p_ended text[], p_frozen text)
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
  INSERT INTO desk_line AS d (organisation, line, next_position)
  SELECT p_organisation, l.line, l.next FROM jsonb_to_recordset(p_state -> 'lines') AS l(line text, next bigint)
  ON CONFLICT (organisation, line) DO UPDATE SET next_position = greatest(d.next_position, excluded.next_position);
  INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer, settled_at)
  SELECT p_organisation, e.id, '', 0, 0, jsonb_build_object('outcome', 'held', 'holdId', e.id, 'envelopes', '[]'::jsonb,
    'step', NULL, 'wouldRefuse', '[]'::jsonb, 'position', NULL), clock_timestamp()
  FROM unnest(p_ended) AS e(id)
  ON CONFLICT (organisation, id) DO NOTHING;
  RETURN true;
END $$;

-- desk_rehold: counts holds again that the desk has lost.
-- IN   p_holds: [{id, call, amount, expires_in, envelopes, line, next}], `line` null where no place was given
-- OUT  nothing
-- GUARANTEE  an id that is open or has ended is left as it is; no limit is looked at. Balances in the order of their key
CREATE OR REPLACE FUNCTION desk_rehold(p_organisation text, p_holds jsonb) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  now_ms bigint := extract(epoch FROM clock_timestamp()) * 1000;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('o10 desk ' || p_organisation, 0));
  PERFORM desk_not_frozen(p_organisation);
  WITH asked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(p_holds) AS h(id text, call text, amount bigint, expires_in bigint, envelopes jsonb, line text, next bigint)
  ), lost AS (
    INSERT INTO desk_hold (organisation, id, call_id, amount_nano_usd, expires_at_ms, answer)
    SELECT p_organisation, h.id, h.call, h.amount, now_ms + h.expires_in, jsonb_build_object('outcome', 'held', 'holdId', h.id,
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
