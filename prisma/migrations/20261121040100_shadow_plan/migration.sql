-- The share of calls each use case is replayed at where nobody has declared one; see domain/shadow. Written by the worker's
-- leader, read when a snapshot is made, and only while the gate is the one it was planned for. Not in schema.prisma.
CREATE TABLE shadow_plan (
  use_case text PRIMARY KEY,
  gate text NOT NULL,
  share double precision NOT NULL CHECK (share BETWEEN 0 AND 1),
  -- What limits it: bootstrap, verdict_in_7_days, spend, all_calls, nobody, unknown.
  share_by text NOT NULL,
  planned_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
