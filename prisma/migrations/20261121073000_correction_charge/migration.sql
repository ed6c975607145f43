-- What a correction adds to what the caller is charged. Corrections of before moved no charge, and neither does what takes
-- one of them back. Written by libs/postgres/src/ledger/true-up.store.ts.
ALTER TABLE true_up ADD COLUMN charge_difference_pico_usd numeric(30, 0) NOT NULL DEFAULT 0;
