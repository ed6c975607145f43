/**
 * A use case of chat completions at a venue of that format, with one candidate that speaks Messages and one that speaks
 * Gemini: replayed, graded, cleared or failed, and in enforce served, while the official client sees chat completions.
 */
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Front, lines, openFront } from '../support/enforced-stage.js';
import { Stage, ticket } from '../support/worker-stage.js';

let stage: Stage;
let front: Front;
let openai: OpenAI;

beforeAll(async () => {
  stage = await Stage.open({
    dearBaseline: true,
    useCase: { samplingShare: 1, rampShare: 1 },
    venues: {
      south: { protocol: 'anthropic-messages' },
      west: { protocol: 'gemini-generate', auth: 'x-api-key' },
    },
  });
  await stage.startWorker();
  front = await openFront(stage);
  openai = new OpenAI({ baseURL: `${front.url}/v1`, apiKey: front.secret, maxRetries: 0 });
});
afterAll(async () => {
  await front.close();
  await stage.close();
});

const asked = (n: number) => ({
  model: 'north/large',
  max_tokens: 50,
  messages: [{ role: 'user' as const, content: ticket(n) }],
});
const ask = async (n: number) => {
  const { data, response } = await openai.chat.completions.create(asked(n)).withResponse();
  return { said: data.choices[0]?.message.content, venue: response.headers.get('x-o10-venue'), usage: data.usage };
};

const calls = 100;

test('in shadow the baseline serves, and both candidates are asked the same in their own words', async () => {
  let next = 0;
  const served: Awaited<ReturnType<typeof ask>>[] = [];
  const one = async () => {
    while (next < calls) served.push(await ask(next++));
  };
  await Promise.all(Array.from({ length: 8 }, one));
  expect(new Set(served.map(({ venue, said }) => `${venue} ${said}`))).toEqual(new Set(['north billing']));
  const verdicts = await lines(stage, 'verdict', 2);
  const judged = Object.fromEntries(verdicts.map(({ candidate, verdict }) => [candidate, verdict]));
  expect(judged).toEqual({ 'south/small': 'cleared', 'west/dull': 'failed' });
  const [inMessages, inGemini] = ['south', 'west'].map((venue) => stage.simulator.requests(venue, 1)[0]!);
  expect([inMessages!.path, inGemini!.path]).toEqual(['/south/v1/messages', '/west/v1/models/dull:generateContent']);
  expect(JSON.parse(inMessages!.body)).toMatchObject({ max_tokens: 50, messages: [{ role: 'user' }] });
});

test('what the replays cost is what those venues billed', async () => {
  const booked = async () => {
    const sums: Record<string, bigint> = { south: 0n, west: 0n };
    for (const { venue, costPicoUsd } of await lines(stage, 'shadow_replay', 1))
      sums[String(venue)] = (sums[String(venue)] ?? 0n) + BigInt(String(costPicoUsd));
    return sums;
  };
  const billed = (venue: string) => BigInt(stage.simulator.bill(venue).totalPicoUsd);
  await expect.poll(booked, { timeout: 30_000 }).toEqual({ south: billed('south') * 2n, west: billed('west') });
});

test('enforced, the cleared candidate serves, and the client reads chat completions, whole and streamed', async () => {
  await stage.change(async (stores) => {
    await stores.useCases.switchMode('triage', 'enforce', 'spec');
    return { result: null, entries: [] };
  });
  await front.caughtUp();
  const askedOfTheFailed = stage.dials('west');
  const whole = await ask(calls);
  expect(whole).toMatchObject({ said: 'billing', venue: 'south' });
  const stream = openai.chat.completions.stream({ ...asked(calls + 1), stream_options: { include_usage: true } });
  const streamed = await stream.finalChatCompletion();
  expect(streamed).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: 'billing' }, finish_reason: 'stop' }],
    usage: { completion_tokens: whole.usage?.completion_tokens },
  });
  expect(stage.dials('west')).toBe(askedOfTheFailed);
});
