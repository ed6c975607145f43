/** `o10 rollback`: the kill switch from the command line. */
import type { Command } from 'commander';
import { UseCaseAnswer } from '#contracts/api/use-case-api.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';
import { addProposedCommands } from './proposed-commands.js';

export function addUseCaseCommands(program: Command, place: Place): void {
  addProposedCommands(program, place);
  program
    .command('rollback')
    .description('put a use case back on its baseline, at once and without approval')
    .argument('<use case>', 'its slug')
    .option('--reason <text>', 'goes into the ledger')
    .action(async (slug: string, { reason }: { reason?: string }) => {
      const path = `/api/use-cases/${encodeURIComponent(slug)}/baseline`;
      const answer = await askControl(clientOf(place), { method: 'POST', path, body: reason ? { reason } : {} });
      const { definition } = UseCaseAnswer.parse(answer);
      process.stdout.write(`${definition.slug} is in ${definition.mode}: ${definition.baseline} serves\n`);
    });
}
