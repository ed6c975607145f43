/** The demo's last page: verdicts, money, envelope, ledger, and where everything still runs. */
import { styleText } from 'node:util';
import type { DemoResult } from './demo-result.js';
import { table } from './demo-view.js';

export function resultLines(result: DemoResult, addresses: { proxy: string; control: string; dir: string }): string[] {
  const bold = (text: string) => styleText('bold', text);
  const verdicts = result.useCases.flatMap(({ slug, verdicts: rows }) =>
    rows.map((row) => [
      slug,
      row.candidate,
      row.verdict,
      String(row.samples),
      row.lnEvidence.toFixed(2),
      row.lnThreshold.toFixed(2),
    ]),
  );
  const overrides = [...new Set(result.useCases.flatMap((one) => one.verdicts.flatMap((row) => row.overrides)))];
  const money = result.useCases.map((one) => [
    one.slug,
    one.mode,
    one.baselineUsd,
    one.actualUsd,
    one.verifiedSavingsUsd,
  ]);
  const statements = result.useCases.map(({ slug, statement }) => [
    slug,
    statement.proposed ?? '(nothing cleared)',
    String(statement.calls),
    statement.actualUsd,
    statement.estimatedSavingUsd,
    `${statement.measuredSavingUsd} (${statement.measuredCalls})`,
    statement.savingIntervalUsd.join(' … '),
    statement.evaluationCostUsd,
    statement.netUsd,
    `${statement.ledgerRange[0]}–${statement.ledgerRange[1]}`,
  ]);
  const difference = BigInt(result.ledgerPicoUsd) - BigInt(result.venuePicoUsd);
  const { limitNanoUsd, spentNanoUsd, refused } = result.envelope;
  return [
    '',
    bold('Verdicts'),
    ...table(['use case', 'candidate', 'verdict', 'samples', 'ln E', 'threshold'], verdicts),
    ...overrides.map((text) => styleText('yellow', `override: ${text}`)),
    '',
    bold(`Savings statements of the shadow period, USD, signed by ${result.useCases[0]?.statement.signedBy}`),
    ...table(
      [
        'use case',
        'proposed',
        'calls',
        'actual',
        'estimated',
        'measured (calls)',
        'interval',
        'evaluation',
        'net',
        'ledger',
      ],
      statements,
    ),
    ...[...new Set(result.useCases.flatMap(({ statement }) => statement.overrides))].map((text) =>
      styleText('yellow', `override: ${text}`),
    ),
    '',
    bold('Realised cost, enforced calls (shadow where nothing cleared), and savings signed by finance'),
    ...table(['use case', 'mode', 'on the baseline', 'actual', 'verified (shadow)'], money),
    '',
    bold('Envelope'),
    `limit ${limitNanoUsd} nano-USD, spent ${spentNanoUsd}, ${refused} calls refused`,
    '',
    bold('Ledger'),
    `${result.calls} calls, ${result.settlements} settlements, verified offline: ${result.ledgerVerified ? 'yes' : 'NO'}`,
    `ledger ${result.ledgerPicoUsd} pico-USD, venues' own bill ${result.venuePicoUsd}, difference ${difference}`,
    '',
    `API ${addresses.control}/api/docs   proxy ${addresses.proxy}/v1   files ${addresses.dir}`,
  ];
}
