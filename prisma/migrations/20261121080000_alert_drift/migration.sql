-- Desk and ledger that differ are an incident, which lasts until they agree again.
ALTER TABLE alert DROP CONSTRAINT alert_kind_check;
ALTER TABLE alert ADD CONSTRAINT alert_kind_check CHECK (kind IN ('threshold', 'burn_rate', 'overrun', 'drift'));
