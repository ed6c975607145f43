-- What venues' cost reports correct, from the moment it is worked out until it is a line of the ledger. Written by
-- libs/postgres/src/ledger/true-up.store.ts; not in schema.prisma.

-- `revision` counts the corrections of one attempt from 1: a second report is held against what the first made of it.
CREATE TABLE true_up (
  adjustment_id uuid PRIMARY KEY,
  organisation text NOT NULL,
  attempt_id uuid NOT NULL,
  revision int NOT NULL,
  -- What the attempt costs with this correction, and by how much that differs from before.
  cost_pico_usd numeric(30, 0) NOT NULL,
  difference_pico_usd numeric(30, 0) NOT NULL,
  difference_nano_usd bigint NOT NULL,
  held_nano_usd bigint NOT NULL,
  call_id uuid NOT NULL,
  use_case text NOT NULL,
  envelopes jsonb NOT NULL,
  reason text NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  imported_by text NOT NULL,
  -- The desk has it, and its record is on the way into the ledger.
  applied_at timestamptz,
  UNIQUE (organisation, attempt_id, revision)
);
CREATE INDEX true_up_waiting ON true_up (organisation, imported_at) WHERE applied_at IS NULL;
