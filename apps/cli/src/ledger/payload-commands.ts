/** `o10 payload` and `o10 erase`: what calls said, where their use case keeps it, read and forgotten. */
import type { Command } from 'commander';
import { KeptPayload } from '#contracts/kept-payload.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { PayloadStore } from '#postgres/payload/payload.store.js';
import { newId } from '#runtime/new-id.js';
import { keyFromHex } from '#runtime/seal.js';
import type { Place } from '../place.js';
import { openInstallation } from '../stack/installation.js';
import { eraseSubject } from './erase-subject.js';
import { withDatabase } from './with-database.js';

const say = (text: string) => process.stdout.write(`${text}\n`);

export function addPayloads(program: Command, place: Place): void {
  const opened = <T>(organisation: string, work: (payloads: PayloadStore, pool: Pool) => Promise<T>) => {
    const masterKey = keyFromHex(openInstallation(place.projectDir).secrets.masterKey);
    return withDatabase(place, async (url) => {
      const pool = connectPool(url, 2, organisation);
      try {
        return await work(new PayloadStore(pool, organisation, masterKey), pool);
      } finally {
        await pool.end();
      }
    });
  };
  program
    .command('payload')
    .description('what a call said, where its use case keeps it')
    .argument('<call id>')
    .option('--organisation <name>', 'whose', 'default')
    .action(async (callId: string, { organisation }: { organisation: string }) => {
      const text = await opened(organisation, (payloads) => payloads.get(callId, Date.now()));
      if (!text) throw new Error(`Nothing is kept of the call ${callId}, or not any more.`);
      const { requestBody, answer } = KeptPayload.parse(JSON.parse(text.toString('utf8')));
      say(decoded(requestBody));
      if (answer) say(decoded(answer.body));
    });
  program
    .command('erase')
    .description(
      'forget a subject: destroy the key of its payloads; the ledger keeps its digests and verifies as before',
    )
    .requiredOption('--subject <name>', 'as the application names it; "key:<id>" for calls of a key that name nobody')
    .requiredOption('--reason <words>', 'why; it stands in the ledger')
    .option('--by <name>', 'who asks', 'root')
    .option('--organisation <name>', 'whose', 'default')
    .action(async (options: { subject: string; reason: string; by: string; organisation: string }) => {
      const { organisation, by: actor } = options;
      const erased = await opened(organisation, (payloads, pool) => {
        const ledger = new LedgerStore(pool, ledgerTree);
        const parts = { organisation, payloads, ledger, actor, newId: () => newId(Date.now()), nowMs: Date.now };
        return eraseSubject(parts, options.subject, options.reason);
      });
      say(`${erased.payloads} payloads cannot be read any more; the ledger names the subject as ${erased.subject}`);
      say('Copies of calls that wait for their replay are gone within 24 hours of the call.');
    });
}

const decoded = (body: string): string => Buffer.from(body, 'base64').toString('utf8');
