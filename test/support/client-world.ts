/** A world for official clients: one venue that speaks OpenAI's formats, one that speaks Anthropic's, in the simulator. */
import { defaultLaneRules, laneIds } from '#contracts/lane.js';
import type { PriceRow } from '#contracts/price.js';
import type { Snapshot } from '#contracts/snapshot.js';
import type { Meter } from '#contracts/usage.js';
import type { Route, Venue } from '#contracts/venue.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';
import type { SimulatorConfigInput } from '../../apps/simulator/src/config.js';
import { masterKey } from './venue-world.js';

const prices = { inputPerMillion: '2', outputPerMillion: '8' };
const rates: [Meter, bigint][] = [
  ['input_uncached', 2_000_000n],
  ['output_text', 8_000_000n],
  ['image_in', 2_000_000n],
  ['image_out', 8_000_000n],
];
const toolCall = [
  { name: 'weather', arguments: { city: 'Zürich 🏔' } },
  { name: 'time', arguments: { zone: 'Europe/Zurich' } },
];
const answers = {
  echo: { kind: 'echo' as const },
  caller: { kind: 'fixed' as const, text: 'Both done.', toolCall },
  thinker: { kind: 'fixed' as const, text: 'Forty-two.' },
  json: { kind: 'fixed' as const, text: '{"city":"Zürich","degrees":18}' },
};
/** By name in the test: model at the OpenAI venue, and the same with `claude-` before it at Anthropic's. */
export type ClientModel = keyof typeof answers;

const venueIds = ['omni', 'claude'] as const;
const named = (venue: string, model: string): string => (venue === 'claude' ? `claude-${model}` : model);

export const clientVenues: SimulatorConfigInput = {
  seed: 'clients',
  venues: venueIds.map((id) => ({
    id,
    apiKey: `sk-${id}`,
    models: Object.entries(answers).map(([model, answer]) => ({
      id: named(id, model),
      answer,
      tokensPerChunk: 2,
      ...(model === 'thinker' && { reasoningTokens: 50 }),
      prices,
    })),
  })),
};

const speaks: Record<(typeof venueIds)[number], Pick<Venue, 'protocol' | 'alsoSpeaks'>> = {
  omni: {
    protocol: 'openai-chat',
    alsoSpeaks: ['openai-responses', 'openai-embeddings', 'openai-images', 'openai-image-edits'],
  },
  claude: { protocol: 'anthropic-messages', alsoSpeaks: ['anthropic-count-tokens'] },
};

function venueRow(id: (typeof venueIds)[number], simulatorUrl: string): Venue {
  const row: Venue = {
    id,
    ...speaks[id],
    baseUrl: `${simulatorUrl}/${id}/v1`,
    jurisdiction: 'eu',
    retention: 'zero',
    sealedCredential: null,
    streamUsage: true,
    abortStopsBilling: true,
    connectTimeoutMs: 1_000,
    firstByteTimeoutMs: 5_000,
    idleTimeoutMs: 5_000,
  };
  return { ...row, sealedCredential: sealText(keyFromHex(masterKey), `sk-${id}`, credentialAad(row)) };
}

const sold = venueIds.flatMap((venue) => Object.keys(answers).map((model) => ({ venue, model: named(venue, model) })));

const routes: Route[] = sold.map(({ venue, model }) => ({
  id: `${venue}/${model}`,
  venue,
  model,
  tier: 'standard',
  revision: '1',
  family: 'simulated',
  contextWindow: 128_000,
  maxOutputTokens: 4_096,
  capabilities: ['stream', 'tools', 'vision', 'json_schema', 'images'],
  latencyMsP50: null,
}));

const rows: PriceRow[] = sold.flatMap(({ venue, model }) =>
  rates.map(([meter, ratePicoUsd]) => ({
    venue,
    model,
    tier: 'standard' as const,
    meter,
    ratePicoUsd,
    validFrom: '2026-01-01T00:00:00.000Z',
    source: 'test',
  })),
);

export const clientWorld = (simulatorUrl: string): Partial<Snapshot> => ({
  venues: venueIds.map((id) => venueRow(id, simulatorUrl)),
  routes,
  models: Object.fromEntries(sold.map(({ venue, model }) => [model, `${venue}/${model}`])),
  prices: { hash: '0'.repeat(64), rows },
  lanes: {
    rules: defaultLaneRules,
    lanes: Object.fromEntries(
      laneIds.map((lane) => [
        lane,
        { name: lane, routes: [lane === 'image' ? 'omni/echo' : 'omni/thinker'], floor: null },
      ]),
    ),
  },
});
