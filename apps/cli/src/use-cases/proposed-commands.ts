/** `o10 use-cases proposed | accept`: what calls without a use case have in common, and making a use case of a group. */
import type { Command } from 'commander';
import { type ProposedUseCase, ProposedUseCases } from '#contracts/api/proposal-api.js';
import { UseCaseAnswer } from '#contracts/api/use-case-api.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import { columns, count } from '../gate/draw-text.js';
import { asJson } from '../gate/read-option.js';
import type { Place } from '../place.js';

interface AcceptOptions {
  slug: string;
  floor: number;
  grader: unknown;
  team?: string;
  baseline?: string;
  candidates: string[];
}

export function addProposedCommands(program: Command, place: Place): void {
  const useCases = program.command('use-cases').description('what calls are for');
  useCases
    .command('proposed')
    .description('calls that named no use case, grouped by system prompt, tools and form of the answer')
    .option('--json', 'one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const answer = await askControl(clientOf(place), { method: 'GET', path: '/api/use-cases/proposed' });
      const text = json ? JSON.stringify(answer) : describeProposed(ProposedUseCases.parse(answer)).join('\n');
      process.stdout.write(`${text}\n`);
    });
  useCases
    .command('accept')
    .description('make a use case of a group; its calls belong to it from then on, in mode off')
    .argument('<shape>', 'as "use-cases proposed" prints it, or its first characters')
    .requiredOption('--slug <name>', 'of the use case')
    .requiredOption('--floor <score>', 'the mean score a candidate must reach', Number)
    .option('--grader <json>', 'as in o10.yaml', asJson, { kind: 'exact', reference: 'baseline' })
    .option('--team <name>', 'without it, that of most of its calls')
    .option('--baseline <route>', 'without it, the route most of its calls asked for')
    .option('--candidates <routes>', 'separated by commas', (text: string) => text.split(','), [])
    .action(async (start: string, { floor, ...body }: AcceptOptions) => {
      const shape = await wholeShape(place, start);
      const answer = await askControl(clientOf(place), {
        method: 'POST',
        path: `/api/use-cases/proposed/${shape}`,
        body: { ...body, floor: { absolute: floor } },
      });
      const { definition } = UseCaseAnswer.parse(answer);
      process.stdout.write(`${definition.slug} is declared, off: ${definition.baseline} serves its calls\n`);
    });
}

const shown = 12;

export function describeProposed({ days, capped, items }: ProposedUseCases): string[] {
  if (items.length === 0) return [`Every call of the last ${days} days belongs to a use case.`];
  const rows = items.map(({ shape, calls, costPicoUsd, routes, teams }: ProposedUseCase) => [
    shape?.slice(0, shown) ?? '(none)',
    count(calls),
    decimalUsd(costPicoUsd),
    routes.map(({ route, calls: own }) => `${route} ${count(own)}`).join(', '),
    teams.join(', '),
  ]);
  return [
    ...columns([['shape', 'calls', 'USD', 'asked for', 'teams'], ...rows]),
    `of the last ${days} days${capped ? ', not all of them: there were more than are read' : ''}`,
  ];
}

async function wholeShape(place: Place, start: string): Promise<string> {
  const answer = await askControl(clientOf(place), { method: 'GET', path: '/api/use-cases/proposed' });
  const known = ProposedUseCases.parse(answer).items.flatMap(({ shape }) => (shape?.startsWith(start) ? [shape] : []));
  if (known.length === 1) return known[0]!;
  throw new Error(known.length === 0 ? `No group of calls has the shape ${start}.` : `${start} is not enough to tell.`);
}
