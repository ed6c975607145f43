/** Committed capacity as people read it: a bar for what is used, the pace, and money in two columns, carried and idle. */
import { styleText } from 'node:util';
import type { CapacityPeriodAnswer, CommitmentAnswer } from '#contracts/api/commitment-api.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { table } from '../table.js';

const barCells = 20;
const perTenThousand = 10_000n;

/** Hundredths of a percent, as text. */
const share = (part: bigint, whole: bigint): string => {
  const hundredths = whole === 0n ? 0n : (part * perTenThousand) / whole;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} %`;
};

function bar(used: bigint, total: bigint): string {
  const cells = Number((used * BigInt(barCells)) / total);
  const full = Math.min(barCells, used > 0n ? Math.max(1, cells) : cells);
  return '█'.repeat(full) + styleText('dim', '░'.repeat(barCells - full));
}

/** Cents are enough to compare by; the JSON has every digit. */
const usd = (picoUsd: bigint): string => {
  const [whole = '0', fraction = ''] = decimalUsd(picoUsd).split('.');
  return `${whole}.${fraction.padEnd(2, '0').slice(0, Math.max(2, whole === '0' ? 6 : 2))} USD`;
};

const grouped = (units: bigint): string => units.toLocaleString('en-US');
const span = ({ from, to }: CapacityPeriodAnswer): string => {
  const day = (text: string) => text.slice(0, 10);
  const end = day(from) === day(to) ? to.slice(11, 16) : to.slice(0, 16).replace('T', ' ');
  return `${from.slice(0, 16).replace('T', ' ')} – ${end}`;
};

function paceOf(now: CapacityPeriodAnswer): string {
  const behind = BigInt(now.unitsBehindPace ?? 0);
  if (behind === 0n) return 'on pace';
  const text = `${grouped(behind < 0n ? -behind : behind)} units ${behind < 0n ? 'ahead of' : 'behind'} the pace`;
  return behind < 0n ? styleText('yellow', text) : text;
}

export function describeCapacity(items: readonly CommitmentAnswer[]): string[] {
  if (items.length === 0) return ['No capacity is committed to. Declare it under "commitments" in o10.yaml.'];
  return items.flatMap((item, at) => [...(at > 0 ? [''] : []), ...headOf(item)]);
}

function headOf({ definition, now, closed }: CommitmentAnswer): string[] {
  const { id, kind, owner, routes, periodHours } = definition;
  const lines = [
    `${styleText('bold', id)}  ${kind}, owned by ${owner}, by ${periodHours === 1 ? 'the hour' : `${periodHours} hours`}`,
    `  serves   ${routes.join(', ')}`,
  ];
  if (!now) lines.push('  now      no period is open');
  else {
    const [used, total] = [BigInt(now.unitsUsed), BigInt(now.unitsTotal)];
    const left = used < total ? total - used : 0n;
    lines.push(
      `  now      ${bar(used, total)}  ${share(used, total)} used, ${grouped(left)} of ${grouped(total)} units left`,
      `           ${paceOf(now)}, until ${now.to.slice(0, 16).replace('T', ' ')} UTC`,
      `  price    ${usd(now.pricePicoUsd)} a period, of which calls carry ${usd(now.usedPicoUsd)} so far`,
    );
  }
  const paid = closed.usedPicoUsd + closed.idlePicoUsd;
  if (closed.periods > 0)
    lines.push(
      `  before   ${grouped(BigInt(closed.periods))} periods, ${usd(paid)}: carried by calls ${usd(closed.usedPicoUsd)}, ` +
        `idle ${usd(closed.idlePicoUsd)} (${share(closed.idlePicoUsd, paid)})`,
    );
  return lines;
}

export function describeCommitment(commitment: CommitmentAnswer, periods: readonly CapacityPeriodAnswer[]): string[] {
  const rows = periods.map((period) => {
    const [used, total] = [BigInt(period.unitsUsed), BigInt(period.unitsTotal)];
    return [
      ...[span(period), grouped(used), share(used, total), usd(period.usedPicoUsd)],
      period.idlePicoUsd === null ? 'open' : usd(period.idlePicoUsd),
    ];
  });
  if (rows.length === 0) return headOf(commitment);
  return [...headOf(commitment), '', ...table(['period (UTC)', 'units', 'used', 'carried by calls', 'idle'], rows)];
}
