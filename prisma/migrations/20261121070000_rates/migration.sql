-- Requests per second, counted once for all proxies. Lost with the server, and nobody minds: a second later it is true again.
CREATE UNLOGGED TABLE desk_rate (
  organisation text NOT NULL,
  subject text NOT NULL,
  -- The instant, in microseconds, at which the next request would be exactly on time.
  due_us bigint NOT NULL,
  PRIMARY KEY (organisation, subject)
) WITH (fillfactor = 50);

-- desk_take_rates: counts requests against rates by the second, by the generic cell rate algorithm.
-- IN   p_requests: [{subject, rate}], in the order they came; `rate` is requests a second
-- OUT  per request: null where it is admitted and counted, else the microseconds to wait
-- GUARANTEE  requests of a batch see each other, batches wait for each other where they ask for the same; what is refused
--            is not counted. The clock is the server's own
CREATE FUNCTION desk_take_rates(p_organisation text, p_requests jsonb) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
  v_waits bigint[] := array_fill(NULL::bigint, ARRAY[jsonb_array_length(p_requests)]);
  v_now bigint; v_due bigint; v_interval numeric; v_early bigint; r record;
BEGIN
  FOR r IN
    SELECT q.subject, q.rate, q.place
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (subject text, rate numeric)) WITH ORDINALITY AS q(subject, rate, place)
    ORDER BY q.subject, q.place
  LOOP
    INSERT INTO desk_rate (organisation, subject, due_us) VALUES (p_organisation, r.subject, 0) ON CONFLICT DO NOTHING;
    SELECT d.due_us INTO v_due FROM desk_rate d
    WHERE d.organisation = p_organisation AND d.subject = r.subject FOR UPDATE;
    v_now := floor(extract(epoch FROM clock_timestamp()) * 1000000);
    v_interval := 1000000 / r.rate;
    v_due := greatest(v_due, v_now);
    v_early := ceil(v_due - greatest(0, 1000000 - v_interval) - v_now);
    IF v_early > 0 THEN
      v_waits[r.place] := v_early;
    ELSE
      UPDATE desk_rate SET due_us = ceil(v_due + v_interval) WHERE organisation = p_organisation AND subject = r.subject;
    END IF;
  END LOOP;
  RETURN v_waits;
END $$;
