-- What calls said, where a use case keeps it: sealed under a key of its subject, with an end. The ledger holds digests
-- only, so a subject is forgotten by destroying its key, and the ledger verifies as before.

-- A subject is known by a keyed digest; its key is sealed under the installation's.
CREATE TABLE payload_subject (
  organisation text NOT NULL,
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  sealed_key bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (organisation, subject)
);

CREATE TABLE payload (
  organisation text NOT NULL,
  call_id uuid NOT NULL,
  use_case text NOT NULL,
  subject bytea NOT NULL,
  -- `redacted` or `full`; of the other levels nothing is ever stored.
  level text NOT NULL CHECK (level IN ('redacted', 'full')),
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, call_id),
  FOREIGN KEY (organisation, subject) REFERENCES payload_subject ON DELETE CASCADE
);
CREATE INDEX payload_expiry ON payload (organisation, expires_at);
CREATE INDEX payload_of_subject ON payload (organisation, subject);

SELECT ledger_isolate('payload_subject', 'organisation'), ledger_isolate('payload', 'organisation');
GRANT SELECT, INSERT, DELETE ON payload, payload_subject TO o10_app;
REVOKE UPDATE ON payload, payload_subject FROM o10_app;
