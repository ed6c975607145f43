-- What is derived from the ledger, corrects it or tells of it is read and written by its own organisation only, as the
-- ledger is (ledger_isolate, in ledger_roles). Desk and feed stay without: one installation's proxies share them, and every
-- statement of theirs names its organisation.
SELECT ledger_isolate('ledger_spend_state', 'log'), ledger_isolate('ledger_spend', 'log'),
  ledger_isolate('ledger_line_position', 'log'), ledger_isolate('enforcement_follow', 'log'),
  ledger_isolate('true_up', 'organisation'), ledger_isolate('envelope_spend_point', 'organisation'),
  ledger_isolate('alert', 'organisation'), ledger_isolate('webhook', 'organisation'),
  ledger_isolate('webhook_delivery', 'organisation');
