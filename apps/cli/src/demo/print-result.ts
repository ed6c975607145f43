/** The demo's last page: verdicts, statements, money, envelope, ledger, and where everything still runs. */
import { styleText } from 'node:util';
import type { DemoResult, UseCaseResult } from './demo-result.js';
import { table } from '../table.js';

export function resultLines(result: DemoResult, addresses: { proxy: string; control: string; dir: string }): string[] {
  const { useCases, envelope } = result;
  const difference = BigInt(result.ledgerPicoUsd) - BigInt(result.venuePicoUsd);
  return [
    ...section('Verdicts', verdictLines(useCases)),
    ...section(
      `Savings statements of the shadow period, USD, signed by ${useCases[0]?.statement.signedBy}`,
      statementLines(useCases),
    ),
    ...section(
      'Realised cost, enforced calls (shadow where nothing cleared), and savings signed by finance',
      moneyLines(useCases),
    ),
    ...section('Envelope', [
      `limit ${envelope.limitNanoUsd} nano-USD, spent ${envelope.spentNanoUsd}, ${envelope.refused} calls refused`,
    ]),
    ...section('Ledger', [
      `${result.calls} calls, ${result.settlements} settlements, verified offline: ${result.ledgerVerified ? 'yes' : 'NO'}`,
      `ledger ${result.ledgerPicoUsd} pico-USD, venues' own bill ${result.venuePicoUsd}, difference ${difference}`,
    ]),
    `API ${addresses.control}/api/docs   proxy ${addresses.proxy}/v1   files ${addresses.dir}`,
  ];
}

const section = (title: string, lines: string[]): string[] => ['', styleText('bold', title), ...lines, ''];

/** Each said once, however many rows it weakens. */
const overrideLines = (overrides: string[]): string[] =>
  [...new Set(overrides)].map((text) => styleText('yellow', `override: ${text}`));

function verdictLines(useCases: UseCaseResult[]): string[] {
  const rows = useCases.flatMap(({ slug, verdicts }) =>
    verdicts.map(({ candidate, verdict, samples, lnEvidence, lnThreshold }) => [
      slug,
      candidate,
      verdict,
      String(samples),
      lnEvidence.toFixed(2),
      lnThreshold.toFixed(2),
    ]),
  );
  const overrides = useCases.flatMap(({ verdicts }) => verdicts.flatMap((verdict) => verdict.overrides));
  return [
    ...table(['use case', 'candidate', 'verdict', 'samples', 'ln E', 'threshold'], rows),
    ...overrideLines(overrides),
  ];
}

const statementHead = 'use case|proposed|calls|actual|estimated|measured (calls)|interval|evaluation|net|ledger'.split(
  '|',
);

function statementLines(useCases: UseCaseResult[]): string[] {
  const rows = useCases.map(({ slug, statement }) => [
    slug,
    statement.proposed ?? '(nothing cleared)',
    String(statement.calls),
    statement.actualUsd,
    statement.estimatedSavingUsd,
    `${statement.measuredSavingUsd} (${statement.measuredCalls})`,
    statement.savingIntervalUsd.join(' … '),
    statement.evaluationCostUsd,
    statement.netUsd,
    statement.ledgerRange.join('–'),
  ]);
  return [...table(statementHead, rows), ...overrideLines(useCases.flatMap(({ statement }) => statement.overrides))];
}

function moneyLines(useCases: UseCaseResult[]): string[] {
  const rows = useCases.map((one) => [one.slug, one.mode, one.baselineUsd, one.actualUsd, one.verifiedSavingsUsd]);
  return table(['use case', 'mode', 'on the baseline', 'actual', 'verified (shadow)'], rows);
}
