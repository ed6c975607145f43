/** `o10 eval upload`, `replay`, `samples`, `accept`: the suite an installation keeps of a use case. */
import type { Command } from 'commander';
import { SuiteReplayWanted, SuiteSampleList, SuiteUploaded } from '#contracts/api/suite-api.js';
import { writeSuiteLines } from '#domain/suite/suite-lines.js';
import { askControl, type ControlRequest } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import { columns } from '../gate/draw-text.js';
import type { Place } from '../place.js';
import { linesToUpload, readSuite } from './suite-folder.js';

/** What feeds evidence goes through the worker: scores somebody brings along are a claim, and a replay is a line. */
export function addSuiteCommands(evals: Command, place: Place): void {
  const ask = (method: 'GET' | 'POST' | 'PUT', path: string, also: Pick<ControlRequest, 'body' | 'raw'> = {}) =>
    askControl(clientOf(place), { method, path: `/api/suites/${path}`, ...also });
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  evals
    .command('upload')
    .description('make a folder the suite of a use case; its inputs are kept sealed, for the weekly replay')
    .argument('<suite>', 'folder with suite.json and cases.jsonl')
    .argument('<use case>', 'its slug')
    .action(async (folder: string, useCase: string) => {
      const uploaded = SuiteUploaded.parse(
        await ask('PUT', useCase, {
          raw: { text: writeSuiteLines(linesToUpload(await readSuite(folder))), type: 'application/jsonl' },
        }),
      );
      say(`${uploaded.caseCount} cases, ${uploaded.changed ? 'another gate: its evidence starts anew' : 'unchanged'}`);
    });
  evals
    .command('replay')
    .description('have the worker ask the candidates the suite now, into the same evidence as every week')
    .argument('<use case>', 'its slug')
    .action(async (useCase: string) => {
      const { cases } = SuiteReplayWanted.parse(await ask('POST', `${useCase}/replay`, { body: {} }));
      say(`as many cases as the suite has are drawn of its ${cases}; "o10 gate show ${useCase}" follows them`);
    });
  evals
    .command('samples')
    .description('sampled calls that may become cases')
    .argument('<use case>', 'its slug')
    .option('--json', 'one JSON object')
    .action(async (useCase: string, { json }: { json?: boolean }) => {
      const answer = await ask('GET', `${useCase}/samples`);
      const brief = (text: string) => text.replace(/\s+/gu, ' ').slice(0, 60);
      const rows = SuiteSampleList.parse(answer).items.map((one) => [one.callId, brief(one.input), brief(one.answer)]);
      if (json) say(JSON.stringify(answer));
      else say(columns([['call', 'asked', 'answered'], ...rows]).join('\n'));
    });
  evals
    .command('accept')
    .description('make sampled calls cases of the suite: another version, and another gate')
    .argument('<use case>', 'its slug')
    .argument('<calls...>', 'ids, as "eval samples" prints them')
    .option('--expected <json>', 'of one call: what a right answer is; without it, what was answered')
    .action(async (useCase: string, calls: string[], { expected }: { expected?: string }) => {
      if (expected !== undefined && calls.length > 1) throw new Error('--expected is of one call.');
      const samples = calls.map((callId) => ({
        callId,
        ...(expected !== undefined && { expected: JSON.parse(expected) }),
      }));
      const uploaded = SuiteUploaded.parse(await ask('POST', `${useCase}/samples`, { body: { samples } }));
      say(`${uploaded.caseCount} cases; evidence starts anew under another gate`);
    });
}
