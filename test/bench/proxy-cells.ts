/** What is measured of the proxy, and the targets beside it. */
import { median, type Row, type Target } from './figures.js';
import type { Load, Measured } from './load.js';
import type { Swaps } from './proxy.js';

interface Cell {
  load: Load;
  /** Compared with o10 itself, in another world. */
  o10Only?: boolean;
  world?: 'large';
}

const json: Load = { upstream: 'json', bytes: 2_000, connections: 16, seconds: 2, warmSeconds: 0.5, rate: 0 };
const large: Load = { ...json, bytes: 100_000 };

export const cells = {
  '2 KB c=16': { load: json },
  '2 KB c=64': { load: { ...json, connections: 64 } },
  '100 KB c=16': { load: large },
  '100 KB c=64': { load: { ...large, connections: 64 } },
  'fixed rate': { load: { ...json, connections: 64, rate: 200, seconds: 4, warmSeconds: 1 } },
  'first byte': { load: { ...json, upstream: 'burst', connections: 64, rate: 20, seconds: 5, warmSeconds: 1 } },
  events: { load: { ...json, upstream: 'paced', connections: 200, seconds: 5, warmSeconds: 1.5 } },
  grown: { load: json, o10Only: true, world: 'large' },
} satisfies Record<string, Cell> as Record<CellName, Cell>;

export type CellName =
  '2 KB c=16' | '2 KB c=64' | '100 KB c=16' | '100 KB c=64' | 'fixed rate' | 'first byte' | 'events' | 'grown';
export type Who = 'o10' | 'bare' | 'portkey';
export type Round = Partial<Record<CellName, Partial<Record<Who, Measured>>>>;

const least = (must: number, aim: number): Target => ({ kind: 'least', must, aim });
const most = (must: number, aim: number): Target => ({ kind: 'most', must, aim });

type Figure = (measured: Measured) => number;
const perSecond: Figure = (measured) => measured.perSecond;
const cpuPerCall: Figure = (measured) => measured.cpuPerCall;

export function rowsOf(
  rounds: Round[],
  memory: Record<string, number[]>,
  swaps: { stated: Swaps; large: Swaps },
): Row[] {
  const of = (cell: CellName, who: Who, figure: Figure): number | null => {
    const values = rounds.map((round) => round[cell]?.[who]).filter((one) => one !== undefined);
    return values.length > 0 ? median(values.map(figure)) : null;
  };
  const between = (cell: CellName, who: Who, figure: Figure, join: (o10: number, other: number) => number) => {
    const pairs = rounds.map((round) => [round[cell]?.o10, round[cell]?.[who]] as const);
    const joined = pairs.flatMap(([o10, other]) => (o10 && other ? [join(figure(o10), figure(other))] : []));
    return joined.length > 0 ? median(joined) : null;
  };
  const ratio = (o10: number, other: number) => o10 / other;
  const row = (measure: string, unit: string, cell: CellName, figure: Figure) => ({
    measure,
    unit,
    o10: of(cell, 'o10', figure),
    bare: of(cell, 'bare', figure),
    portkey: of(cell, 'portkey', figure),
  });
  const beside = (
    base: ReturnType<typeof row>,
    cell: CellName,
    who: Who,
    figure: Figure,
    target: Target | null,
  ): Row => ({
    ...base,
    compared: between(cell, who, figure, ratio),
    how: `× ${who}`,
    target,
  });
  const added = (measure: string, cell: CellName, figure: Figure, target: Target): Row => ({
    ...row(measure, 'ms', cell, (one) => figure(one) / 1000),
    compared: between(cell, 'bare', figure, (o10, other) => (o10 - other) / 1000),
    how: 'ms added',
    target,
  });
  const rows: Row[] = [];
  for (const cell of ['2 KB c=16', '2 KB c=64', '100 KB c=16', '100 KB c=64'] as const) {
    const calls = row(`calls, ${cell}`, 'per s', cell, perSecond);
    const small = cell.startsWith('2 KB');
    rows.push(beside(calls, cell, 'bare', perSecond, small ? least(0.5, 0.7) : least(0.6, 0.8)));
    rows.push(beside(calls, cell, 'portkey', perSecond, small ? least(4, 7) : null));
    rows.push(beside(row(`CPU, ${cell}`, 'µs per call', cell, cpuPerCall), cell, 'bare', cpuPerCall, most(2, 1.4)));
  }
  const cpuPerEvent: Figure = (measured) => measured.cpuPerEvent;
  rows.push(
    added('latency p50 at 200/s', 'fixed rate', (one) => one.p50, most(0.35, 0.2)),
    added('latency p99 at 200/s', 'fixed rate', (one) => one.p99, most(2, 1)),
    added('first streamed byte p50', 'first byte', (one) => one.firstByteP50, most(0.5, 0.25)),
    beside(
      row('CPU, 200 streams', 'µs per event', 'events', cpuPerEvent),
      'events',
      'bare',
      cpuPerEvent,
      most(1.5, 1.2),
    ),
    streamsRow(memory),
    grownRow(rounds),
    swapRow('stall of a swap, 10,000 keys, 500 routes', swaps.stated, most(10, 2)),
    swapRow('the same with 1,000 use cases', swaps.large, null),
  );
  return rows;
}

function streamsRow(memory: Record<string, number[]>): Row {
  const of = (who: Who) => (memory[who] ? median(memory[who]) : null);
  const pairs = (memory['o10'] ?? []).map((o10, n) => o10 / (memory['bare']?.[n] ?? NaN));
  return {
    measure: '1,000 open streams',
    unit: 'MB resident more',
    o10: of('o10'),
    bare: of('bare'),
    portkey: of('portkey'),
    compared: median(pairs),
    how: '× bare',
    target: most(1.5, 1.2),
  };
}

function grownRow(rounds: Round[]): Row {
  const pairs = rounds.flatMap((round) => {
    const [grown, small] = [round.grown?.o10, round['2 KB c=16']?.o10];
    return grown && small ? [[grown.cpuPerCall, small.cpuPerCall] as const] : [];
  });
  return {
    measure: 'CPU with 1,000 use cases and 500 routes',
    unit: 'µs per call',
    o10: median(pairs.map(([grown]) => grown)),
    bare: null,
    portkey: null,
    compared: median(pairs.map(([grown, small]) => grown / small)),
    how: '× 10 and 24',
    target: most(1.3, 1.1),
  };
}

const swapRow = (measure: string, swaps: Swaps, target: Target | null): Row => ({
  measure,
  unit: `ms (${(swaps.bytes / 1e6).toFixed(1)} MB)`,
  o10: Math.max(swaps.snapshotMs, swaps.keysMs),
  bare: null,
  portkey: null,
  compared: Math.max(swaps.snapshotMs, swaps.keysMs),
  how: `(longest ${swaps.longestMs.toFixed(1)})`,
  target,
});
