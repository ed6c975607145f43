/** `o10 ledger reverse`: takes back a correction, or all that one cost report made. */
import type { Command } from 'commander';
import { ReversalAnswer } from '#contracts/api/cost-report-api.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';

interface ReverseOptions {
  report?: string;
  reason: string;
  json?: boolean;
}

export function addReverse(ledger: Command, place: Place): void {
  ledger
    .command('reverse')
    .description('takes a correction back, whole and once, with a line that says who and why')
    .argument('[entry]', 'the id of an adjustment')
    .option(
      '--report <digest>',
      'instead: all corrections of this cost report, as its answer and their reasons name it',
    )
    .requiredOption('--reason <words>', 'why; it stands in the ledger')
    .option('--json', 'one JSON object')
    .action(async (entry: string | undefined, { report, reason, json }: ReverseOptions) => {
      if ((entry === undefined) === (report === undefined))
        throw new Error('Name an adjustment, or a report with --report.');
      const body = entry === undefined ? { report, reason } : { adjustment: entry, reason };
      const answer = await askControl(clientOf(place), { method: 'POST', path: '/api/ledger/reversals', body });
      const lines = describe(ReversalAnswer.parse(answer));
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
    });
}

function describe({ reversed, already, correctedAgain, differencePicoUsd }: ReversalAnswer): string[] {
  const sign = differencePicoUsd < 0n ? '−' : '';
  const difference = decimalUsd(differencePicoUsd < 0n ? -differencePicoUsd : differencePicoUsd);
  return [
    `${reversed} corrections taken back, together ${sign}${difference} USD.`,
    ...(already > 0 ? [`${already} were before.`] : []),
    ...(correctedAgain > 0 ? [`${correctedAgain} were corrected again by a later report: take that back first.`] : []),
  ];
}
