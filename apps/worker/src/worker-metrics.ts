/** What an operator watches. Labels are bounded: queue, route, log, outcome; never a call or a key. */
import { Counter, Gauge, Registry } from 'prom-client';

export class WorkerMetrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  readonly intake = this.counter('o10_ledger_intake_total', 'Records taken from the desk into the ledger');
  readonly quarantined = this.counter('o10_ledger_quarantined_total', 'Records that cannot be lines of the ledger');
  readonly sequenced = this.counter('o10_ledger_sequenced_total', 'Lines given their place');
  readonly checkpoints = this.counter('o10_ledger_checkpoints_total', 'Checkpoints signed');
  readonly ledgerSize = new Gauge({
    name: 'o10_ledger_size',
    help: 'Lines of a log',
    labelNames: ['log'],
    registers: this.registers,
  });
  readonly jobs = this.counter('o10_jobs_total', 'Jobs by how they ended', ['queue', 'outcome']);
  readonly replays = this.counter('o10_replays_total', 'Replays by what came of them', ['route', 'outcome']);
  readonly judgements = this.counter('o10_judgements_total', 'Questions to judges and embeddings routes', ['outcome']);
  readonly folded = this.counter('o10_evidence_folded_total', 'Places folded into evidence');
  readonly missing = this.counter('o10_evidence_missing_total', 'Places that never came and counted 0');
  readonly verdicts = this.counter('o10_verdicts_announced_total', 'Verdicts published in a snapshot');
  readonly canaries = this.counter('o10_canaries_total', 'Enforced answers that were graded, by what came of them', [
    'route',
    'outcome',
  ]);
  readonly enforcement = this.counter(
    'o10_enforcement_events_total',
    'Ramp steps, warnings, demotions and lapsed proofs',
    ['event'],
  );
  readonly expiredHolds = this.counter('o10_expired_holds_total', 'Holds nobody ended, booked by the worker');
  readonly drift = new Gauge({
    name: 'o10_envelope_drift_nano_usd',
    help: 'Nano-USD by which desk and ledger differ over all windows; anything but 0 is an alarm',
    registers: this.registers,
  });
  readonly deskRebuilds = this.counter('o10_desk_rebuilds_total', 'Times the desk was built from the ledger');
  readonly trueUps = this.counter('o10_true_ups_total', 'Attempts corrected by what their venue reported');
  readonly alerts = this.counter('o10_alerts_total', 'Alerts raised', ['kind']);
  readonly loopFaults = this.counter('o10_loop_faults_total', 'Turns of a loop that failed', ['loop']);
  readonly leads = new Gauge({
    name: 'o10_leads',
    help: '1: this worker writes the ledger',
    registers: this.registers,
  });

  private counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: this.registers });
  }
}
