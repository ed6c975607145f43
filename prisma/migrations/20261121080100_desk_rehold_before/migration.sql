-- A proxy of the version before presents its holds without `expires_in`: while both versions serve, both are heard.

-- desk_rehold: counts holds again that the desk has lost.
-- IN   p_holds: [{id, call, amount, expires_in, envelopes, line, next}], `line` null where no place was given. Without
--      `expires_in` it lasts a quarter of an hour, as long as any call may: an instant by the holder's clock says nothing
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
    SELECT p_organisation, h.id, h.call, h.amount, now_ms + coalesce(h.expires_in, 900000), jsonb_build_object('outcome', 'held',
      'holdId', h.id, 'envelopes', h.envelopes, 'step', NULL, 'wouldRefuse', '[]'::jsonb, 'position', NULL)
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
