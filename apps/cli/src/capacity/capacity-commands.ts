/** `o10 capacity`: what is paid for in advance, how it is used, and what nobody used. */
import type { Command } from 'commander';
import { CapacityPeriodList, CommitmentAnswer, CommitmentList } from '#contracts/api/commitment-api.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';
import { describeCapacity, describeCommitment } from './describe-capacity.js';

interface ShowOptions {
  json?: boolean;
}

export function addCapacityCommands(program: Command, place: Place): void {
  const capacity = program.command('capacity').description('capacity that is paid for whether it is used or not');
  const ask = (path: string) => askControl(clientOf(place), { method: 'GET', path });
  const say = (answer: unknown, lines: string[], { json }: ShowOptions) =>
    process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
  capacity
    .command('list')
    .description('every commitment: what is left of the running period, and what has idled so far')
    .option('--json', 'one JSON object')
    .action(async (options: ShowOptions) => {
      const answer = await ask('/api/commitments');
      say(answer, describeCapacity(CommitmentList.decode(answer as never).items), options);
    });
  capacity
    .command('show')
    .description('one commitment, period by period')
    .argument('<id>')
    .option('--json', 'one JSON object')
    .action(async (id: string, options: ShowOptions) => {
      const [commitment, periods] = [await ask(`/api/commitments/${id}`), await ask(`/api/commitments/${id}/periods`)];
      const lines = describeCommitment(
        CommitmentAnswer.decode(commitment as never),
        CapacityPeriodList.decode(periods as never).items,
      );
      say({ ...(commitment as object), periods: (periods as { items: unknown }).items }, lines, options);
    });
}
