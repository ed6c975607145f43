/**
 * The client walks away: the venue is aborted where that stops the bill, else read to the usage it will bill. What could
 * not be counted stands at its ceiling until the venue reports what it charged; then nothing differs.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bill } from '#contracts/bill.js';
import { CostReportAnswer } from '#contracts/api/cost-report-api.js';
import { projectDir } from '../support/database.js';
import { ready, until } from '../support/proxy-under-test.js';
import { startWholeStack, type WholeStack } from '../support/whole-stack.js';

const key = 'sk-of-all-venues';
const protocols = { chat: 'openai-chat', messages: 'anthropic-messages' } as const;
const paths = { chat: '/v1/chat/completions', messages: '/v1/messages' } as const;
type Wire = keyof typeof protocols;
/** By name: what is spoken there, and whether a closed connection ends the bill. */
const venues = (['chat', 'messages'] as const).flatMap((wire) => [
  { id: `${wire}-stops`, wire, stops: true },
  { id: `${wire}-goes-on`, wire, stops: false },
]);
/** Keeps its answers, and makes them in the background where it is asked to. */
const keeper = 'keeper';
const prices = { inputPerMillion: '2.50', outputPerMillion: '10.00' };

const sellers = [...venues.map(({ id }) => id), keeper];

const o10Yaml = (simulatorUrl: string) => `apiVersion: v1
venues:
${venues.map(({ id, wire, stops }) => `  ${id}: { protocol: ${protocols[wire]}, baseUrl: "${simulatorUrl}/${id}/v1", key: env:KEY, abortStopsBilling: ${stops}, idleTimeoutMs: 1000 }`).join('\n')}
  ${keeper}: { protocol: openai-responses, baseUrl: "${simulatorUrl}/${keeper}/v1", key: env:KEY }
routes:
${sellers.map((id) => `  ${id}/big: { revision: "1", family: big, contextWindow: 128000, maxOutputTokens: 4096, capabilities: [stream] }`).join('\n')}
prices:
${sellers.map((id) => `  ${id}/big: [{ validFrom: 2026-01-01T00:00:00Z, source: spec, usdPerMillion: { input_uncached: "2.50", output_text: "10.00" } }]`).join('\n')}
envelopes:
  plan: { scope: { kind: organisation }, limit: "1000", window: { unit: total } }
`;

let stack: WholeStack;
let secret: string;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'o10-cuts-'));
  stack = await startWholeStack({
    key,
    yaml: o10Yaml,
    venues: {
      seed: 'cuts',
      venues: sellers.map((id) => ({
        id,
        apiKey: key,
        abortBilling: id.endsWith('-stops') ? ('stops' as const) : ('full' as const),
        models: [{ id: 'big', answer: { kind: 'echo' as const }, prices }],
      })),
    },
  });
  ({ secret } = await stack.issue());
  for (const { id } of venues) stack.simulator.order({ venue: id, kind: 'comments', delayMs: 2 });
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

const text = 'word '.repeat(400);

/** 0 to 12, as if drawn, and the same in every run. */
const drawn = (cut: string): number => (createHash('sha256').update(cut).digest()[0] ?? 0) % 13;

/** Reads so many chunks and leaves; of 0, leaves before there is an answer. Returns the id of the call where it was told. */
async function leaveAfter(wire: Wire, venue: string, chunks: number): Promise<string | null> {
  const leaving = new AbortController();
  const messages = [{ role: 'user', content: text }];
  const asking = fetch(`${stack.proxyUrl}${paths[wire]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model: `${venue}/big`, max_tokens: 1000, messages, stream: true }),
    signal: leaving.signal,
  });
  if (chunks === 0) {
    const sent = stack.simulator.dials()[venue]?.received ?? 0;
    await until(async () => (stack.simulator.dials()[venue]?.received ?? 0) > sent);
    leaving.abort();
    return asking.then(({ headers }) => headers.get('x-flux-request-id')).catch(() => null);
  }
  const answer = await asking;
  const reader = answer.body!.getReader();
  for (let read = 0; read < chunks; read++) await reader.read();
  leaving.abort();
  return answer.headers.get('x-flux-request-id');
}

interface Line {
  callId: string;
  attemptId: string;
  venue: string;
  outcome: string;
  costBasis: string;
  costPicoUsd: string;
}
interface Correction {
  attemptId: string;
  differencePicoUsd: string;
}
const bodies = async <Body>(kind: string): Promise<Body[]> =>
  (
    await stack.rows<{ body: Body }>(
      `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = $1`,
      [kind],
    )
  ).map(({ body }) => body);
const linesAt = async (venue: string) => (await bodies<Line>('call')).filter((line) => line.venue === venue);
const billedAt = (venue: string) => stack.simulator.bill(venue);
const sumOf = (costs: string[]) => costs.reduce((sum, cost) => sum + BigInt(cost), 0n);

/** Every attempt has ended everywhere: at the venue, at the desk and in the ledger. */
async function atRest(venue: string, calls: number): Promise<Line[]> {
  const { desk } = stack.control.context;
  await until(async () => {
    const open = (await desk.openHolds()).length + (await ready(stack.proxyUrl)).unsettled;
    return open === 0 && billedAt(venue).inFlight === 0 && (await linesAt(venue)).length >= calls;
  });
  return linesAt(venue);
}

/** Printed, not asserted: how long after the client the venue's request is closed. */
async function measureRelease(wire: Wire, venue: string): Promise<void> {
  const waits: number[] = [];
  for (let cut = 0; cut < 50; cut++) {
    await leaveAfter(wire, venue, 1 + drawn(`release ${cut}`));
    const leftAt = performance.now();
    while (billedAt(venue).inFlight > 0) await new Promise((turn) => setImmediate(turn));
    waits.push(performance.now() - leftAt);
  }
  waits.sort((one, other) => one - other);
  const [p50, p99] = [waits[24], waits[49]].map((wait) => wait?.toFixed(1));
  process.stdout.write(`${wire}: client gone to venue closed: p50 ${p50} ms, p99 ${p99} ms\n`);
}

test.each(venues)('$id: a hundred random cuts, and every attempt ends once, flagged or exact', async (venue) => {
  const { id, wire, stops } = venue;
  const told: (string | null)[] = [];
  for (let batch = 0; batch < 4; batch++) {
    const cuts = Array.from({ length: 25 }, (_, place) => leaveAfter(wire, id, drawn(`${id} ${batch} ${place}`)));
    told.push(...(await Promise.all(cuts)));
  }
  const lines = await atRest(id, told.length);
  expect(lines).toHaveLength(told.length);
  expect(new Set(lines.map(({ attemptId }) => attemptId)).size).toBe(told.length);
  const known = new Set(lines.map(({ callId }) => callId));
  for (const callId of told) expect(callId === null || known.has(callId)).toBe(true);
  const billedAttempts = new Set(billedAt(id).lines.map(({ clientRequestId }) => clientRequestId));
  for (const line of lines) {
    expect(line.outcome).toBe('client_gone');
    // Gone before the request was sent: nothing was bought, and the venue says so too.
    if (line.costBasis === 'none') expect(billedAttempts.has(line.attemptId)).toBe(false);
    else expect(line.costBasis).toBe(stops ? 'estimated' : 'reported');
  }
  const [booked, billed] = [sumOf(lines.map((line) => line.costPicoUsd)), BigInt(billedAt(id).totalPicoUsd)];
  if (stops) expect(booked).toBeGreaterThan(billed);
  else expect(booked).toBe(billed);
  if (stops) await measureRelease(wire, id);
});

test.each(venues.filter(({ stops }) => !stops))(
  '$id: a venue that falls silent is not read for ever',
  async (venue) => {
    stack.simulator.clearFaults();
    stack.simulator.order({ venue: venue.id, kind: 'hang_mid_stream', afterChunks: 20, times: 1 });
    await leaveAfter(venue.wire, venue.id, 1);
    const [last] = (await atRest(venue.id, 101)).filter(({ costBasis }) => costBasis === 'estimated');
    expect(last).toMatchObject({ outcome: 'client_gone' });
  },
);

test.each(venues)('$id: after its own cost report the ledger is the bill, to the pico-dollar', async ({ id }) => {
  const before = await atRest(id, 100);
  const report = await fetch(`${stack.simulator.url}/_sim/cost-report?venue=${id}`);
  const file = join(folder, `${id}.json`);
  writeFileSync(file, await report.text());
  const answer = await reconcile(id, file);
  expect(answer).toMatchObject({ unknown: 0, elsewhere: 0 });
  expect(answer.reconciled).toBe(before.filter(({ costBasis }) => costBasis === 'estimated').length);
  const corrections = async () => {
    const ids = new Set(before.map(({ attemptId }) => attemptId));
    const all = await bodies<Correction>('adjustment');
    return all.filter(({ attemptId }) => ids.has(attemptId));
  };
  await until(async () => (await corrections()).length === answer.adjusted);
  const booked = sumOf(before.map((line) => line.costPicoUsd));
  const corrected = sumOf((await corrections()).map(({ differencePicoUsd }) => differencePicoUsd));
  expect(booked + corrected - BigInt(billedAt(id).totalPicoUsd)).toBe(0n);
  if (id !== venues[0]?.id) return;
  expect(await reconcile(id, file)).toMatchObject({ adjusted: 0 });
  // Taken by mistake, it is taken back, and every line of it once; then the same report corrects the same again.
  const { adjusted } = answer;
  const reverse = () => o10('ledger', 'reverse', '--report', answer.report, '--reason', 'taken by mistake', '--json');
  expect(JSON.parse(await reverse())).toMatchObject({ reversed: adjusted, already: 0, correctedAgain: 0 });
  await until(async () => (await bodies<Correction>('reversal')).length === adjusted);
  const taken = sumOf((await bodies<Correction>('reversal')).map(({ differencePicoUsd }) => differencePicoUsd));
  expect(taken).toBe(-corrected);
  await expect(reverse()).rejects.toThrow('nothing left');
  expect(await reconcile(id, file)).toMatchObject({ adjusted, reconciled: answer.reconciled });
  await until(async () => (await corrections()).length === 2 * adjusted);
});

test('an answer made in the background stands at its ceiling until it is fetched, then at what it used, once', async () => {
  const others = (await stack.issue({ team: 'other' })).secret;
  const ask = (as: string, path: string, body?: object) =>
    fetch(`${stack.proxyUrl}/v1/responses${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${as}` },
      ...(body && { body: JSON.stringify(body) }),
    }).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as Record<string, unknown>,
    }));
  const begun = await ask(secret, '', {
    model: `${keeper}/big`,
    input: 'later',
    background: true,
    max_output_tokens: 900,
  });
  expect(begun.body).toMatchObject({ status: 'queued', usage: null });
  const [line] = await atRest(keeper, 1);
  expect(line?.costBasis).toBe('estimated');
  expect(BigInt(line!.costPicoUsd)).toBeGreaterThan(900n * 10_000_000n);

  const path = `/${String(begun.body['id'])}`;
  expect(await ask(others, path)).toMatchObject({ status: 404, body: { error: { code: 'unknown_answer' } } });
  for (let poll = 0; poll < 3; poll++) expect((await ask(secret, path)).body['status']).toBe('completed');
  const corrections = async () =>
    (await bodies<Correction>('adjustment')).filter((one) => one.attemptId === line?.attemptId);
  await until(async () => (await corrections()).length > 0);
  const [correction] = await corrections();
  expect(BigInt(line!.costPicoUsd) + BigInt(correction!.differencePicoUsd)).toBe(BigInt(billedAt(keeper).totalPicoUsd));

  await ask(secret, path);
  await ask(secret, '', { model: `${keeper}/big`, input: 'now', max_output_tokens: 9 });
  await atRest(keeper, 2); // what was told before it has arrived
  expect(await corrections()).toHaveLength(1);
});

test('and so is what the desk has counted, each attempt rounded up to a nano-dollar', async () => {
  const nano = (picoUsd: string) => (BigInt(picoUsd) + 999n) / 1000n;
  const billed = stack.simulator.bill().lines.reduce((sum, line) => sum + nano(line.costPicoUsd), 0n);
  const balances = () => stack.control.context.desk.balances(['plan']);
  await until(async () => (await balances())[0]?.settledNanoUsd === billed);
  expect(await balances()).toMatchObject([{ heldNanoUsd: 0n, settledNanoUsd: billed }]);
});

test('and so is the bill of the month, with nothing left of estimates', async () => {
  const { body } = await stack.control.ask('finance', 'GET', `/api/bill?month=${new Date().toISOString().slice(0, 7)}`);
  const { chargePicoUsd, estimatedAttempts } = Bill.parse(body);
  expect([chargePicoUsd, estimatedAttempts]).toEqual([BigInt(stack.simulator.bill().totalPicoUsd), 0]);
});

/** `o10 ledger reconcile`: before the first call nothing was bought. */
async function reconcile(venue: string, file: string): Promise<CostReportAnswer> {
  const from = ['--complete-from', '2026-01-01T00:00:00.000Z'];
  return CostReportAnswer.parse(JSON.parse(await o10('ledger', 'reconcile', venue, file, ...from, '--json')));
}

/** As a user of finance runs it. Rejects with what it said when it ends with a no. */
async function o10(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/apps/cli/src/main.js', ...args], {
    cwd: projectDir,
    env: { PATH: process.env['PATH'], O10_CONTROL_URL: stack.control.url, O10_TOKEN: stack.control.tokens.finance },
  });
  return stdout;
}
