-- CreateTable
CREATE TABLE "admin_commitment" (
    "id" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_commitment_pkey" PRIMARY KEY ("id")
);

-- How the periods of committed capacity were used, by the lines of the ledger: a projection that is made as they come.
CREATE TABLE capacity_state (
  log text PRIMARY KEY,
  -- Lines below it are in the periods.
  next_index bigint NOT NULL
);

-- One row a period, from the first the worker saw. Terms are those in force when it began; amounts are pico-USD.
CREATE TABLE capacity_period (
  log text NOT NULL,
  commitment text NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  units_total numeric(30, 0) NOT NULL,
  units_used numeric(30, 0) NOT NULL,
  price_pico_usd numeric(30, 0) NOT NULL,
  shares_pico_usd numeric(30, 0) NOT NULL,
  -- Its standing charge is a line of the ledger.
  closed boolean NOT NULL,
  PRIMARY KEY (log, commitment, from_ms)
);
CREATE INDEX capacity_period_open ON capacity_period (log) WHERE NOT closed;

-- What is used of the open periods, as proxies get to know it.
CREATE TABLE feed_capacity (
  organisation text PRIMARY KEY,
  body text NOT NULL
);

SELECT ledger_isolate('capacity_state', 'log'), ledger_isolate('capacity_period', 'log');
