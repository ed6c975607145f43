-- Whoever rebuilds a desk waits for what is presented to it, and must know whether it was lost again meanwhile.
ALTER TABLE desk_built ADD COLUMN store uuid NOT NULL DEFAULT gen_random_uuid();

-- desk_store: names the organisation's desk as it is.
-- IN   the organisation  OUT  a name
-- GUARANTEE  another name after what it knew was lost. A desk that is not built stays so (its epoch is 0)
CREATE FUNCTION desk_store(p_organisation text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO desk_built (organisation, epoch) VALUES (p_organisation, 0) ON CONFLICT (organisation) DO NOTHING;
  RETURN (SELECT store FROM desk_built WHERE organisation = p_organisation);
END $$;
