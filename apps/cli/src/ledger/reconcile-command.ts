/** `o10 ledger reconcile`: takes a venue's own cost report, so that estimates end and what differs is corrected. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { CostReportAnswer } from '#contracts/api/cost-report-api.js';
import { PicoUsd, UsdRate } from '#contracts/money.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';

/** The file: what a venue reports by request, in US dollars as text or in pico-dollars. Other fields are not read. */
const ReportFile = z.object({
  completeThrough: z.iso.datetime().optional(),
  rows: z.array(
    z
      .object({
        clientRequestId: z.string().nullable(),
        costUsd: UsdRate.optional(),
        costPicoUsd: PicoUsd.optional(),
      })
      .refine(({ costUsd, costPicoUsd }) => (costUsd === undefined) !== (costPicoUsd === undefined), {
        message: 'has either costUsd or costPicoUsd',
      }),
  ),
});

interface ReconcileOptions {
  completeFrom?: string;
  json?: boolean;
}

export function addReconcile(ledger: Command, place: Place): void {
  ledger
    .command('reconcile')
    .description("corrects what was booked by a venue's own cost report, with adjustments; estimates end")
    .argument('<venue>', 'its id')
    .argument('<file>', 'JSON: {"rows": [{"clientRequestId": …, "costUsd": "0.0012"}], "completeThrough": …}')
    .option('--complete-from <instant>', 'from here to completeThrough the report names every request')
    .option('--json', 'one JSON object')
    .action(async (venue: string, file: string, { completeFrom, json }: ReconcileOptions) => {
      const { rows, completeThrough } = ReportFile.parse(JSON.parse(await readFile(file, 'utf8')));
      if (completeFrom !== undefined && completeThrough === undefined)
        throw new Error(`${file} does not say through when it is complete.`);
      const body = {
        venue,
        rows: rows.map(({ clientRequestId, costUsd, costPicoUsd }) => {
          return { clientRequestId, costPicoUsd: String(costPicoUsd ?? costUsd) };
        }),
        ...(completeFrom !== undefined && {
          complete: { from: new Date(completeFrom).toISOString(), through: completeThrough },
        }),
      };
      const answer = await askControl(clientOf(place), { method: 'POST', path: '/api/cost-reports', body });
      const lines = describe(CostReportAnswer.parse(answer));
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
    });
}

function describe(answer: CostReportAnswer): string[] {
  const { rows, agreed, adjusted, reconciled, differencePicoUsd, unknown, elsewhere } = answer;
  const sign = differencePicoUsd < 0n ? '−' : '';
  const difference = decimalUsd(differencePicoUsd < 0n ? -differencePicoUsd : differencePicoUsd);
  return [
    `${rows} rows: ${agreed} agree, ${adjusted} corrected (${reconciled} were estimates), together ${sign}${difference} USD.`,
    ...(unknown > 0 ? [`${unknown} are of no attempt that has a line here yet; take the report again later.`] : []),
    ...(elsewhere > 0 ? [`${elsewhere} are of attempts at another venue; nothing was done about them.`] : []),
  ];
}
