-- A correction that takes another one back, whole. Written by libs/postgres/src/ledger/true-up.store.ts.

-- It is a revision of its attempt like any other: its cost is the one from before the correction it reverses.
ALTER TABLE true_up ADD COLUMN reverses uuid REFERENCES true_up (adjustment_id);
-- Once.
CREATE UNIQUE INDEX true_up_reverses ON true_up (reverses);
-- A report is taken back by what its corrections give as their reason.
CREATE INDEX true_up_reason ON true_up (organisation, reason);
