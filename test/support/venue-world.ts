/**
 * A small world for end-to-end tests: simulated venues, and the snapshot that describes them to a proxy. Prices are
 * written twice on purpose, once for the simulator's bill and once for o10's book.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { ApiKey } from '#contracts/key.js';
import type { PriceRow } from '#contracts/price.js';
import type { PublishedUseCase, Snapshot } from '#contracts/snapshot.js';
import { UseCase } from '#contracts/use-case.js';
import type { Route, Venue } from '#contracts/venue.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';

export const masterKey = randomBytes(32).toString('hex');
export const keyPepper = randomBytes(32).toString('base64url');

/** Venue id → jurisdiction; each sells `big` and `small`. */
export const places = { alpha: 'us', beta: 'eu', gamma: 'eu' } as const;
export type Place = keyof typeof places;

const sold = {
  big: { inputPerMillion: '2.50', outputPerMillion: '10.00', input: 2_500_000n, output: 10_000_000n },
  small: { inputPerMillion: '0.15', outputPerMillion: '0.60', input: 150_000n, output: 600_000n },
} as const;

/** At the flex tier, as the simulator bills it. */
const flexSold = {
  big: { inputPerMillion: '1.25', outputPerMillion: '5.00' },
  small: { inputPerMillion: '0.10', outputPerMillion: '0.30' },
} as const;

export const simulatorConfig = (abortBilling: 'stops' | 'full' = 'stops') => ({
  seed: 'e2e',
  venues: Object.entries(places).map(([id, jurisdiction]) => ({
    id,
    jurisdiction,
    apiKey: `sk-${id}`,
    abortBilling,
    models: Object.entries(sold).map(([model, { inputPerMillion, outputPerMillion }]) => ({
      id: model,
      answer: { kind: 'echo' as const },
      prices: { inputPerMillion, outputPerMillion },
      tierPrices: { flex: flexSold[model as keyof typeof sold] },
    })),
  })),
});

export function venueRows(simulatorUrl: string, change: Partial<Venue> = {}): Venue[] {
  return Object.entries(places).map(([id, jurisdiction]) => {
    const row: Venue = {
      id,
      protocol: 'openai-chat',
      baseUrl: `${simulatorUrl}/${id}/v1`,
      jurisdiction,
      retention: 'zero',
      sealedCredential: null,
      streamUsage: true,
      abortStopsBilling: true,
      connectTimeoutMs: 1_000,
      firstByteTimeoutMs: 1_500,
      idleTimeoutMs: 1_500,
      ...change,
    };
    return { ...row, sealedCredential: sealText(keyFromHex(masterKey), `sk-${id}`, credentialAad(row)) };
  });
}

const routes: Route[] = Object.keys(places).flatMap((venue) =>
  Object.keys(sold).map((model) => ({
    id: `${venue}/${model}`,
    venue,
    model,
    tier: 'standard' as const,
    revision: '1',
    family: model,
    contextWindow: 128_000,
    maxOutputTokens: 4_096,
    capabilities: ['stream' as const, 'tools' as const],
    latencyMsP50: null,
  })),
);

const prices: PriceRow[] = Object.keys(places).flatMap((venue) =>
  Object.entries(sold).flatMap(([model, { input, output }]) =>
    (
      [
        ['input_uncached', input],
        ['output_text', output],
      ] as const
    ).map(([meter, ratePicoUsd]) => ({
      venue,
      model,
      tier: 'standard' as const,
      meter,
      ratePicoUsd,
      validFrom: '2026-01-01T00:00:00.000Z',
      source: 'test',
    })),
  ),
);

export function useCaseRow(change: Partial<PublishedUseCase> & { slug: string }): PublishedUseCase {
  const defined = UseCase.parse({
    team: 'team-a',
    mode: 'shadow',
    baseline: 'alpha/big',
    candidates: ['beta/small', 'gamma/small'],
    grader: { kind: 'exact', reference: 'baseline' },
    floor: { absolute: 0.9 },
    ...change,
  });
  const gateHash = createHmac('sha256', 'gate').update(change.slug).digest('hex');
  return { ...defined, samplingShare: 0.2, gateHash, ...change };
}

export function snapshotOf(simulatorUrl: string, change: Partial<Snapshot> = {}): Snapshot {
  return {
    contract: 1,
    version: 1,
    publishedAt: new Date().toISOString(),
    organisation: 'default',
    venues: venueRows(simulatorUrl),
    routes,
    models: { big: 'alpha/big', small: 'alpha/small' },
    prices: { hash: '0'.repeat(64), rows: prices },
    useCases: [],
    clearances: [],
    envelopes: [],
    ...change,
  };
}

let number = 0;

/** A key and the secret a caller presents for it. */
export function issueKey(change: Partial<ApiKey> = {}): { key: ApiKey; secret: string } {
  const id = `key${String(number++).padStart(9, '0')}`;
  const secret = randomBytes(43).toString('hex').slice(0, 43);
  const secretHmac = createHmac('sha256', keyPepper).update(secret).digest('hex');
  const key: ApiKey = {
    id,
    secretHmac,
    name: id,
    organisation: 'default',
    team: 'team-a',
    useCase: null,
    scopes: ['call'],
    modelAllowList: null,
    expiresAt: null,
    revokedAt: null,
    ...change,
  };
  return { key, secret: `sk-o10-${id}-${secret}` };
}

/** `big` and `small` of one venue again at the flex tier, as routes and as prices. */
export function flexOf(venue: Place, change: Partial<Route> = {}): Pick<Snapshot, 'routes' | 'prices'> {
  const flexRoutes = routes
    .filter((route) => route.venue === venue)
    .map((route): Route => ({ ...route, id: `${route.id}:flex`, tier: 'flex', ...change }));
  const rates: Record<string, Partial<Record<PriceRow['meter'], bigint>>> = {
    big: { input_uncached: 1_250_000n, output_text: 5_000_000n },
    small: { input_uncached: 100_000n, output_text: 300_000n },
  };
  const rows = prices
    .filter((row) => row.venue === venue)
    .map((row): PriceRow => ({ ...row, tier: 'flex', ratePicoUsd: rates[row.model]?.[row.meter] ?? 0n }));
  return { routes: [...routes, ...flexRoutes], prices: { hash: '0'.repeat(64), rows: [...prices, ...rows] } };
}
