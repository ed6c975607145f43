/** `o10 envelopes try`: what a limit would have refused, before it is switched on. From o10.yaml, or by changing a declared one. */
import { type Command, Option } from 'commander';
import { EnvelopeAnswer, EnvelopePut, EnvelopeTrial } from '#contracts/api/envelope-api.js';
import { desiredState } from '../configure/desired-state.js';
import { readConfiguration } from '../configure/read-configuration.js';
import { describeTrial } from './describe-envelopes.js';
import type { Ask } from './envelope-commands.js';

interface TryOptions {
  file?: string;
  limit?: string;
  from?: string;
  to?: string;
  json?: boolean;
}

export function addTryCommand(envelopes: Command, ask: Ask): void {
  envelopes
    .command('try')
    .description('what an envelope would have refused of last month, replayed from the ledger; changes nothing')
    .argument('<id>', 'as it is declared, or with --file as the file has it')
    .addOption(new Option('--file <file>', 'take it from this o10.yaml'))
    .option('--limit <usd>', 'with this limit instead')
    .option('--from <instant>', 'attempts from here on; without it, 31 days back')
    .option('--to <instant>', 'and before this')
    .option('--json', 'one JSON object')
    .action(async (id: string, { file, limit, from, to, json }: TryOptions) => {
      const envelope = file === undefined ? await declared(ask, id) : await inFile(file, id);
      const asked = { ...envelope, ...(limit !== undefined && { limitNanoUsd: limit }), ...period(from, to) };
      const answer = await ask('POST', '/api/envelopes/trial', asked);
      const lines = describeTrial(id, EnvelopeTrial.parse(answer));
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
    });
}

/** A day alone is its beginning, UTC. */
const period = (from: string | undefined, to: string | undefined) => ({
  ...(from !== undefined && { from: new Date(from).toISOString() }),
  ...(to !== undefined && { to: new Date(to).toISOString() }),
});

async function declared(ask: Ask, id: string): Promise<Record<string, unknown>> {
  const { definition } = EnvelopeAnswer.parse(await ask('GET', `/api/envelopes/${encodeURIComponent(id)}`));
  const { id: _, ...put } = definition;
  return EnvelopePut.encode(put);
}

/** Secrets are not needed for this, so none is asked for. */
async function inFile(file: string, id: string): Promise<Record<string, unknown>> {
  const anything = new Proxy({}, { get: () => 'unused' });
  const found = desiredState(await readConfiguration(file, anything)).envelopes.get(id);
  if (!found) throw new Error(`${file} has no envelope ${id}.`);
  return found;
}
