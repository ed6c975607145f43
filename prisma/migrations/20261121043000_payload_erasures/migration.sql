-- Subjects that were forgotten, by their keyed digest: what they said before, and is still on its way, is not kept.
CREATE TABLE payload_erasure (
  organisation text NOT NULL,
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  erased_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, subject)
);
SELECT ledger_isolate('payload_erasure', 'organisation');
