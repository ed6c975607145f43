-- What envelopes have to say before they refuse, to whom it is told, and the spend it is worked out from. Written by
-- libs/postgres/src/alert; not in schema.prisma.

-- `once_key` says what an alert is about: while it lasts, it is raised once. Thresholds last for ever, a burn rate until
-- it falls.
CREATE TABLE alert (
  id uuid PRIMARY KEY,
  organisation text NOT NULL,
  once_key text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('threshold', 'burn_rate', 'overrun')),
  body jsonb NOT NULL,
  raised_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE UNIQUE INDEX alert_once ON alert (organisation, once_key) WHERE ended_at IS NULL;
CREATE INDEX alert_newest ON alert (organisation, raised_at DESC);

-- `sealed_secret` is bound to id and host, under the master key.
CREATE TABLE webhook (
  organisation text NOT NULL,
  id text NOT NULL,
  url text NOT NULL,
  sealed_secret text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_by text NOT NULL,
  PRIMARY KEY (organisation, id)
);

-- An alert owes one delivery to each webhook that was there when it was raised. Queued again until it is over.
CREATE TABLE webhook_delivery (
  alert uuid NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  organisation text NOT NULL,
  webhook text NOT NULL,
  queued_at timestamptz,
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_error text,
  PRIMARY KEY (alert, webhook)
);
CREATE INDEX webhook_delivery_owed ON webhook_delivery (organisation) WHERE delivered_at IS NULL AND given_up_at IS NULL;

-- All that was ever spent of an envelope, whatever the window, as it stood at the end of a minute in which it changed.
CREATE TABLE envelope_spend_point (
  organisation text NOT NULL,
  envelope text NOT NULL,
  at_ms bigint NOT NULL,
  spent_nano_usd numeric(30, 0) NOT NULL,
  PRIMARY KEY (organisation, envelope, at_ms)
);
