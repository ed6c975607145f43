/** Simulated venues of every wire format and authorisation, and the rows that describe them to a proxy. */
import { generateKeyPairSync } from 'node:crypto';
import type { PriceRow } from '#contracts/price.js';
import type { Snapshot } from '#contracts/snapshot.js';
import { authOf, type Route, type Venue, type VenueProtocol } from '#contracts/venue.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';
import { type Simulator, startSimulator } from '../../apps/simulator/src/start-simulator.js';
import { masterKey, snapshotOf, venueRows } from './venue-world.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const clientEmail = 'o10@project.iam.example';
const serviceAccount = JSON.stringify({
  type: 'service_account',
  client_email: clientEmail,
  private_key_id: 'k1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
});
const aws = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'aws-secret' };

export const words = 'Grüezi 👋🏽, 世界. ';
export const calls = [
  { name: 'weather', arguments: { city: 'Zürich', note: '👩‍👩‍👧 漢字' } },
  { name: 'clock', arguments: { zone: 'Europe/Zürich' } },
];

type Row = Pick<Venue, 'id' | 'baseUrl' | 'protocol' | 'auth' | 'region' | 'alsoSpeaks'> & { key?: string | undefined };

/** What the simulator is to ask of a row's requests, and the credential that satisfies it. */
function keysOf(row: Row) {
  const auth = authOf(row);
  const query = Object.fromEntries(new URL(row.baseUrl).searchParams);
  if (auth === 'google-service-account') {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return {
      credential: serviceAccount,
      asks: { query, auth: { kind: 'google' as const, clientEmail, publicKey: pem } },
    };
  }
  if (auth === 'aws-sigv4') {
    const asked = { kind: 'aws' as const, ...aws, region: row.region ?? '' };
    return { credential: JSON.stringify(aws), asks: { query, auth: asked } };
  }
  const name = auth === 'bearer' ? ('authorization' as const) : auth;
  return { credential: `sk-${row.id}`, asks: { query, auth: { kind: 'header' as const, name } } };
}

/** Models no other row sells: a call that asks for one is translated, as nobody who speaks its format has it. */
const ownModels: Record<string, string> = {
  provisioned: 'arn:aws:bedrock:eu-central-1:123456789012:provisioned-model/a1b2c3',
  responses: 'gpt-4.1-mini',
  vllm: 'qwen3-32b',
};
const usualModels: Partial<Record<VenueProtocol, string>> = {
  'anthropic-messages': 'claude-haiku-4-5',
  'gemini-generate': 'gemini-3-flash',
  'bedrock-converse': 'anthropic.claude-haiku-4-5-20251001-v1:0',
};

/** A model a venue of this format would sell: the SDK knows some of them by name. */
export const modelOf = ({ id, protocol }: Pick<Venue, 'id' | 'protocol'>): string =>
  ownModels[id] ?? usualModels[protocol] ?? 'gpt-4o-mini';

/** What some of them sell besides, by the name it is asked for; vectors and pictures, which no conversation asks for. */
const soldBesides = [
  { name: 'gemini-vectors', venue: 'gemini', model: 'gemini-embedding-001' },
  { name: 'vertex-vectors', venue: 'vertex', model: 'gemini-embedding-2' },
  { name: 'titan-vectors', venue: 'bedrock', model: 'amazon.titan-embed-text-v2:0' },
  { name: 'gemini-pictures', venue: 'gemini', model: 'gemini-3.1-flash-image' },
];
/** Sells its model at half the price to who can wait. */
const sellsFlex = ({ protocol }: Pick<Venue, 'protocol'>): boolean =>
  protocol === 'gemini-generate' || protocol === 'bedrock-converse';

export interface CrossWorld {
  simulator: Simulator;
  snapshot: Partial<Snapshot>;
}

const modelsOf = (row: Pick<Venue, 'id' | 'protocol'>): string[] => [
  modelOf(row),
  ...soldBesides.filter(({ venue }) => venue === row.id).map(({ model }) => model),
];

/** Rows keep their path, query, authorisation and region; only the host becomes the simulator's. */
export async function crossWorld(rows: Row[]): Promise<CrossWorld> {
  const simulator = await startSimulator({
    seed: 'cross',
    venues: rows.map((row) => ({
      id: row.id,
      apiKey: `sk-${row.id}`,
      ...keysOf(row).asks,
      models: modelsOf(row).map((id) => ({
        id,
        answer: { kind: 'fixed', text: words.repeat(4), toolCall: calls },
        tokensPerChunk: 1,
        contextTokens: 20_000,
        prices: { inputPerMillion: '3', outputPerMillion: '15', cachedInputPerMillion: '0.3' },
        ...(sellsFlex(row) && { tierPrices: { flex: { inputPerMillion: '1.5', outputPerMillion: '7.5' } } }),
      })),
    })),
  });
  const base = snapshotOf(simulator.url);
  const venues = rows.map((row): Venue => {
    const { pathname, search } = new URL(row.baseUrl);
    const { id, protocol, auth, region, alsoSpeaks } = row;
    const placed = {
      ...venueRows(simulator.url)[0]!,
      ...{ id, protocol, auth, region, alsoSpeaks },
      baseUrl: `${simulator.url}/${row.id}${pathname}${search}`,
    };
    return {
      ...placed,
      sealedCredential: sealText(keyFromHex(masterKey), keysOf(row).credential, credentialAad(placed)),
    };
  });
  const sold = venues.flatMap((venue) => modelsOf(venue).map((model) => ({ venue, model })));
  const standard = sold.map(({ venue, model }): Route => {
    const capabilities: Route['capabilities'] = ['stream', 'tools', 'vision', 'json_schema', 'images'];
    // What an ARN does not say, the family does.
    const family = venue.protocol === 'bedrock-converse' ? 'claude' : 'any';
    return { ...base.routes[0]!, id: `${venue.id}/${model}`, venue: venue.id, model, family, capabilities };
  });
  const flex = standard
    .filter(({ venue, model }) => venues.some((row) => row.id === venue && sellsFlex(row) && modelOf(row) === model))
    .map((route): Route => ({ ...route, id: `${route.id}:flex`, tier: 'flex', jurisdiction: null }));
  const price =
    (meter: PriceRow['meter'], ratePicoUsd: bigint) =>
    ({ venue, model, tier }: Route): PriceRow => ({
      ...{ ...base.prices.rows[0]!, venue, model, tier, meter },
      ratePicoUsd: tier === 'flex' ? ratePicoUsd / 2n : ratePicoUsd,
    });
  const rates = [
    price('input_uncached', 3_000_000n),
    price('output_text', 15_000_000n),
    price('image_out', 15_000_000n),
    price('cache_read', 300_000n),
    price('cache_write_5m', 3_000_000n),
    price('cache_write_1h', 3_000_000n),
  ];
  const routes = [...standard, ...flex];
  return {
    simulator,
    snapshot: {
      venues,
      routes,
      models: Object.fromEntries([
        ...venues.map((venue) => [venue.id, `${venue.id}/${modelOf(venue)}`]),
        ...soldBesides.map(({ name, venue, model }) => [name, `${venue}/${model}`]),
      ]) as Record<string, string>,
      prices: { ...base.prices, rows: rates.flatMap((rate) => routes.map(rate)) },
    },
  };
}
