/** The live view: one block of lines, redrawn in place on a terminal; elsewhere a line every few seconds. */
import { styleText } from 'node:util';
import type { GateEvidence } from '#contracts/api/gate-api.js';

export interface ViewRow {
  useCase: string;
  calls: number;
  spentUsd: string;
  limitUsd: string;
  evidence: GateEvidence[];
}

const redrawMs = 200;
const plainMs = 3_000;

export class DemoView {
  private drawn = 0;
  private drawnAt = 0;
  private readonly live: boolean;

  constructor(
    private readonly out: NodeJS.WriteStream,
    quiet: boolean,
  ) {
    this.live = out.isTTY && !quiet;
  }

  /** A heading that stays. */
  step(text: string): void {
    this.settle();
    this.out.write(`${styleText('bold', `› ${text}`)}\n`);
  }

  /** A line that stays. */
  say(text: string): void {
    this.settle();
    this.out.write(`  ${text}\n`);
  }

  /** The state of things; drawn over the last one. */
  show(rows: ViewRow[], nowMs: number): void {
    if (nowMs - this.drawnAt < (this.live ? redrawMs : plainMs)) return;
    this.drawnAt = nowMs;
    const lines = rows.flatMap(linesOf);
    if (this.live && this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\u001b[J`);
    this.out.write(`${lines.join('\n')}\n`);
    this.drawn = this.live ? lines.length : 0;
  }

  private settle(): void {
    this.drawn = 0;
    this.drawnAt = 0;
  }
}

function linesOf({ useCase, calls, spentUsd, limitUsd, evidence }: ViewRow): string[] {
  const head = `  ${useCase.padEnd(18)}${String(calls).padStart(5)} calls   envelope ${spentUsd.slice(0, 8).padStart(8)} of ${limitUsd} USD`;
  return [head, ...evidence.map(evidenceLine)];
}

/** How far the evidence is on its way to the threshold: right is cleared, left is failed. */
function evidenceLine({ candidate, samples, lnThreshold, criteria, word }: GateEvidence): string {
  const least = criteria.reduce((low, one) => Math.min(low, one.lnEvidenceFor), Infinity);
  const against = criteria.reduce((high, one) => Math.max(high, one.lnEvidenceAgainst), -Infinity);
  const share = against >= lnThreshold ? 1 : Math.max(0, Math.min(1, least / lnThreshold));
  const colour = word === 'cleared' ? 'green' : word === 'failed' ? 'red' : 'yellow';
  const filled = Math.round((Number.isFinite(share) ? share : 0) * 24);
  const bar = styleText(colour, '█'.repeat(filled)) + '░'.repeat(24 - filled);
  const bounds = criteria[0] ? `${percent(criteria[0].lower)} … ${percent(criteria[0].upper)}` : '';
  return `    ${candidate.padEnd(22)} ${bar} ${styleText(colour, word.padEnd(9))} n=${String(samples).padEnd(5)}${bounds}`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
