/**
 * `o10 gate explain`: a verdict as the ledger holds it, said again from its own histograms. What the API says now is not
 * the source: it is compared with the ledger's line, like everything else.
 */
import { LedgerLineList } from '#contracts/api/ledger-api.js';
import { Verdict } from '#contracts/verdict.js';
import { replayVerdict, type ReplayedFigure } from '#domain/gate/replay-verdict.js';
import { askControl, type ControlClient } from '../configure/ask-control.js';
import { claimOf } from './describe-criterion.js';
import { columns, count, figure } from './draw-text.js';

export interface ExplainedVerdict {
  verdict: Verdict;
  /** Where it stands in the ledger; null while its line has no index yet. */
  line: { index: number; recordedAt: string } | null;
  figures: ReplayedFigure[];
  /** Nothing that could be checked differs. */
  agrees: boolean;
}

export async function explainVerdict(client: ControlClient, id: string): Promise<ExplainedVerdict> {
  const path = `/api/gates/verdicts/${encodeURIComponent(id)}`;
  const told = Verdict.parse(await askControl(client, { method: 'GET', path }));
  const line = await findLine(client, told);
  const written = line === null ? told : Verdict.parse(line.entry.body);
  const same = JSON.stringify(Verdict.encode(written)) === JSON.stringify(Verdict.encode(told));
  const figures: ReplayedFigure[] = [
    {
      criterion: null,
      figure: 'the API says what the ledger says',
      stated: 'equal',
      again: line === null ? null : same ? 'equal' : 'different',
      agrees: line === null ? null : same,
    },
    ...replayVerdict(written),
  ];
  const place = line === null ? null : { index: line.index, recordedAt: line.recordedAt };
  return { verdict: written, line: place, figures, agrees: figures.every(({ agrees }) => agrees !== false) };
}

/** Lines of a kind come in order, a page at a time. */
async function findLine(client: ControlClient, { id, useCase }: Verdict) {
  for (let from: number | null = 0; from !== null;) {
    const path = `/api/ledger/lines?kind=verdict&useCase=${encodeURIComponent(useCase)}&count=1000&from=${from}`;
    const page = LedgerLineList.parse(await askControl(client, { method: 'GET', path }));
    const found = page.items.find(({ entry }) => entry.id === id);
    if (found) return found;
    from = page.next;
  }
  return null;
}

export function describeExplained({ verdict, line, figures, agrees }: ExplainedVerdict): string[] {
  const { terms, lnThreshold, slot, declared, overrides } = verdict;
  const marks = { true: 'same', false: 'DIFFERENT', null: 'not held' };
  const rows = figures.map(({ criterion, figure: name, stated, again, agrees: same }) => [
    criterion ?? '',
    name,
    shown(stated),
    again === null ? '' : shown(again),
    marks[`${same}`],
  ]);
  return [
    `${verdict.verdict}: ${verdict.candidate} (${verdict.revision}) instead of ${verdict.baseline}, for ${verdict.useCase}`,
    `  decided ${verdict.decidedAt}, expires ${verdict.expiresAt}`,
    `  ${line === null ? 'its line waits for an index in the ledger' : `ledger line ${line.index}, recorded ${line.recordedAt}`}`,
    `  ${count(verdict.samples)} calls, ${count(verdict.clusters)} clusters, ${figure(verdict.spanHours)} h`,
    `  attempt ${slot ?? '(not recorded)'} of ${terms.slots}, each α = ${figure(terms.alpha / terms.slots)}: ln(K/α) = ${figure(lnThreshold)}`,
    `  gate ${verdict.gate}`,
    ...(declared
      ? [
          `  declared: baseline ${declared.baselineRevision}, grader ${declared.grader.kind}, suite ${declared.suiteHash ?? 'none'}`,
        ]
      : []),
    ...overrides.map((words) => `  weaker than the default: ${words}`),
    ...verdict.criteria.flatMap((criterion) => [
      `  ${claimOf(criterion)}: cleared at ${criterion.firstClear ?? 'no call'}, failed at ${criterion.firstFail ?? 'no call'}`,
      ...histogramLines(criterion.histogram),
    ]),
    '',
    ...columns([['criterion', 'figure', 'stated', 'again', ''], ...rows]).map((row) => `  ${row}`),
    '',
    agrees ? 'Everything that can be said again is the same.' : 'The verdict does not follow from what it holds.',
  ];
}

const histogramMost = 12;

function histogramLines(histogram: Verdict['criteria'][number]['histogram']): string[] {
  const most = Math.max(...histogram.map(([, times]) => times));
  const rows = histogram.slice(-histogramMost).map(([score, times]) => {
    const drawn = '█'.repeat(Math.max(1, Math.round((30 * times) / most)));
    return `    ${figure(score).padEnd(7)} ${drawn} ${count(times)}`;
  });
  const left = histogram.length - rows.length;
  return left > 0 ? [`    ${count(left)} lower scores`, ...rows] : rows;
}

const shown = (value: string | number): string =>
  typeof value === 'number'
    ? String(Math.round(value * 1e9) / 1e9)
    : value.length > 24
      ? `${value.slice(0, 24)}…`
      : value;
