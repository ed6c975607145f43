/** `o10 envelopes`: how full each is and how fast it empties; `alerts` and `webhook`: what they had to say, and to whom. */
import type { Command } from 'commander';
import { AlertList, WebhookAnswer, WebhookList } from '#contracts/api/alert-api.js';
import { EnvelopeList } from '#contracts/api/envelope-api.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';
import { addTryCommand } from './try-envelope.js';
import { describeAlerts, describeEnvelopes } from './describe-envelopes.js';

interface Printed {
  json?: boolean;
}

export function addEnvelopeCommands(program: Command, place: Place): void {
  const ask: Ask = (method, path, body) =>
    askControl(clientOf(place), { method, path, ...(body !== undefined && { body }) });
  const print = (answer: unknown, lines: string[], { json }: Printed) =>
    process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
  const envelopes = program.command('envelopes').description('money allowed over a window');
  envelopes
    .command('list', { isDefault: true })
    .description('how full each is, and when it is empty at the rate of the last hour')
    .option('--json', 'one JSON object')
    .action(async (options: Printed) => {
      const answer = await ask('GET', '/api/envelopes');
      print(answer, describeEnvelopes(EnvelopeList.parse(answer).items), options);
    });
  envelopes
    .command('alerts')
    .description('thresholds, burn rates and overruns, newest first')
    .option('--count <count>', 'how many', '20')
    .option('--json', 'one JSON object')
    .action(async ({ count, ...options }: Printed & { count: string }) => {
      const answer = await ask('GET', `/api/alerts?${new URLSearchParams({ count }).toString()}`);
      print(answer, describeAlerts(AlertList.parse(answer).items), options);
    });
  addTryCommand(envelopes, ask);
  addWebhookCommands(envelopes.command('webhook').description('whom alerts are told'), ask, print);
}

export type Ask = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;
type Print = (answer: unknown, lines: string[], options: Printed) => void;

function addWebhookCommands(webhook: Command, ask: Ask, print: Print): void {
  const pathOf = (id: string) => `/api/webhooks/${encodeURIComponent(id)}`;
  webhook
    .command('put')
    .description('adds one, or moves it; prints the secret its signatures are checked with, once')
    .argument('<id>')
    .argument('<url>')
    .option('--json', 'one JSON object')
    .action(async (id: string, url: string, options: Printed) => {
      const answer = await ask('PUT', pathOf(id), { url });
      const { secret } = WebhookAnswer.parse(answer);
      print(answer, [secret ?? 'The secret stays as it is.'], options);
    });
  webhook
    .command('list', { isDefault: true })
    .option('--json', 'one JSON object')
    .action(async (options: Printed) => {
      const answer = await ask('GET', '/api/webhooks');
      const { items } = WebhookList.parse(answer);
      print(answer, items.length > 0 ? items.map(({ id, url }) => `${id}  ${url}`) : ['There are none.'], options);
    });
  webhook
    .command('remove')
    .argument('<id>')
    .action(async (id: string) => void (await ask('DELETE', pathOf(id))));
}
