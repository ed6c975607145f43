import { afterAll, beforeAll, expect, it } from 'vitest';
import { protocolNamed } from '#protocols/registry.js';
import { VenueClient } from '#venues/venue-client.js';
import { type CrossWorld, calls, crossWorld, words } from '../../../../test/support/cross-venues.js';
import { sendReplay } from './send-replay.js';

const rows = [
  { id: 'claude', protocol: 'anthropic-messages' as const, baseUrl: 'https://x/v1' },
  { id: 'gemini', protocol: 'gemini-generate' as const, baseUrl: 'https://x/v1beta' },
];
let world: CrossWorld;
const venues = new VenueClient();
beforeAll(async () => void (world = await crossWorld(rows)));
afterAll(async () => {
  await venues.close();
  await world.simulator.close();
});

const chat = protocolNamed('openai-chat');

it.each(['claude', 'gemini'])('a candidate of another wire format answers the same question: %s', async (id) => {
  const { venues: [...placed] = [], routes = [] } = world.snapshot;
  const venue = placed.find((one) => one.id === id)!;
  const route = routes.find((one) => one.venue === id)!;
  const ask = async (more: object) => {
    const question = {
      model: route.model,
      messages: [{ role: 'user', content: 'Hoi' }],
      prompt_cache_key: 'k',
      ...more,
    };
    const body = Buffer.from(JSON.stringify(question));
    const request = {
      venue,
      route,
      credential: `sk-${id}`,
      protocol: chat.name,
      path: chat.path,
      body,
      requestId: 'r',
      maxOutputTokens: 500,
    };
    return sendReplay(venues, request, chat, 10_000);
  };
  const said = await ask({});
  expect(said).toMatchObject({ outcome: 'served', text: words.repeat(4), usage: { basis: 'reported' } });
  expect(said.adaptations).toContain('labels');
  const tools = calls.map(({ name }) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }));
  const called = await ask({ tools });
  expect(called.toolCalls?.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown }))).toEqual(
    calls,
  );
});
