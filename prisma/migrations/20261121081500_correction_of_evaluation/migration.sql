-- A correction of a replay or a judgement is o10's own spend, and no caller's.
ALTER TABLE true_up ADD COLUMN evaluation boolean NOT NULL DEFAULT false;
