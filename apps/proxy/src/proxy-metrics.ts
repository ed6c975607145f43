/** What an operator watches. Labels are bounded: use case, mode, venue, outcome; never a key, a user or an id. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const overheadSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

export class ProxyMetrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  readonly requests = new Counter({
    name: 'o10_requests_total',
    help: 'Calls by how they ended',
    labelNames: ['use_case', 'mode', 'outcome'],
    registers: this.registers,
  });
  readonly duration = new Histogram({
    name: 'o10_request_duration_seconds',
    help: 'From admission to the last byte',
    labelNames: ['use_case'],
    buckets: seconds,
    registers: this.registers,
  });
  readonly overhead = new Histogram({
    name: 'o10_overhead_seconds',
    help: 'From admission to the send, waiting for desk and journal included',
    buckets: overheadSeconds,
    registers: this.registers,
  });
  readonly upstream = new Histogram({
    name: 'o10_upstream_duration_seconds',
    help: 'From send to the last byte of the venue',
    labelNames: ['venue'],
    buckets: seconds,
    registers: this.registers,
  });
  readonly firstChunk = new Histogram({
    name: 'o10_time_to_first_chunk_seconds',
    help: 'From admission to the first byte of the answer',
    labelNames: ['venue'],
    buckets: seconds,
    registers: this.registers,
  });
  readonly decisions = new Counter({
    name: 'o10_route_decisions_total',
    help: 'Why the served route was served',
    labelNames: ['reason'],
    registers: this.registers,
  });
  readonly lanes = new Counter({
    name: 'o10_lane_calls_total',
    help: 'Attempts of calls that came by a lane',
    labelNames: ['lane'],
    registers: this.registers,
  });
  readonly pinned = new Counter({
    name: 'o10_pinned_calls_total',
    help: 'Attempts of calls that asked for one exact route',
    labelNames: ['use_case'],
    registers: this.registers,
  });
  readonly refusals = new Counter({
    name: 'o10_refusals_total',
    help: 'Refusals by code',
    labelNames: ['code'],
    registers: this.registers,
  });
  readonly tokens = new Counter({
    name: 'o10_tokens_total',
    help: 'Usage by meter',
    labelNames: ['meter'],
    registers: this.registers,
  });
  readonly cost = new Counter({
    name: 'o10_cost_usd_total',
    help: 'Cost booked, by how it is known',
    labelNames: ['basis'],
    registers: this.registers,
  });
  readonly shadowDropped = new Counter({
    name: 'o10_shadow_dropped_total',
    help: 'Sampled calls that were not mirrored',
    labelNames: ['reason'],
    registers: this.registers,
  });
  readonly answersForgotten = new Counter({
    name: 'o10_answers_forgotten_total',
    help: 'Answers kept at a venue whose route could not be noted for other proxies',
    registers: this.registers,
  });
  readonly notKept = new Counter({
    name: 'o10_payloads_not_kept_total',
    help: 'Calls whose prompt and answer should be kept and are not',
    labelNames: ['reason'],
    registers: this.registers,
  });
  readonly snapshotRefused = new Counter({
    name: 'o10_snapshot_refused_total',
    help: 'Snapshots that did not pass their contract',
    registers: this.registers,
  });
  readonly snapshotVersion = new Gauge({
    name: 'o10_snapshot_version',
    help: 'Version in force',
    registers: this.registers,
  });
  readonly unsettled = new Gauge({
    name: 'o10_unsettled_attempts',
    help: 'Endings the desk has not taken yet',
    registers: this.registers,
  });
  readonly unrecorded = new Counter({
    name: 'o10_unrecorded_refusals_total',
    help: 'Refusals of unknown callers beyond what is recorded per second',
    registers: this.registers,
  });
}
