/** `o10 shadow plan`: what a shadow costs and when it knows, before anyone commits to it. */
import type { Command } from 'commander';
import { ShadowPlanAnswer } from '#contracts/api/shadow-api.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';

interface PlanOptions {
  share?: string;
  callsPerDay?: string;
  drop?: string;
  json?: boolean;
}

export function addShadowCommands(program: Command, place: Place): void {
  const shadow = program.command('shadow').description('replaying a share of the traffic against the candidates');
  shadow
    .command('plan')
    .description('cost, days to a verdict and days to notice a drop; changes nothing')
    .argument('<use case>', 'its slug')
    .option('--share <share>', 'of calls, 0.01 for 1 %; without it, the share that is worked out')
    .option('--calls-per-day <count>', 'instead of what was seen')
    .option('--drop <share>', 'how large a drop shall be noticed, 0.05 for five points')
    .option('--json', 'one JSON object')
    .action(async (slug: string, { json, ...asked }: PlanOptions) => {
      const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== undefined));
      const path = `/api/shadow/${encodeURIComponent(slug)}/plan?${query.toString()}`;
      const answer = await askControl(clientOf(place), { method: 'GET', path });
      const { says } = ShadowPlanAnswer.parse(answer);
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${says.join('\n')}\n`);
    });
}
