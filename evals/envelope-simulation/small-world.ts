/** What the simulated proxies and workers serve from: three venues, two models, callers with envelopes of their own. */
import { createHmac } from 'node:crypto';
import { Envelope } from '#contracts/envelope.js';
import type { ApiKey } from '#contracts/key.js';
import { PublishedUseCase, type Snapshot } from '#contracts/snapshot.js';
import type { Route, Venue } from '#contracts/venue.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { type RoutingIndex, routingIndexOf } from '#domain/routing/routing-index.js';

export const organisation = 'default';
export const pepper = 'a pepper for simulated keys only';
export const priceBook = '0'.repeat(64);

/** A caller and what it presents. A stranger knows the id of a key, and not its secret. */
export interface Caller {
  key: string;
  authorization: string;
  stranger: boolean;
}

const keyIds = ['key000000001', 'key000000002'] as const;
const secretOf = (n: number) => String(n).repeat(43);

export const keys: ApiKey[] = keyIds.map((id, n) => ({
  id,
  secretHmac: createHmac('sha256', pepper).update(secretOf(n)).digest('hex'),
  name: id,
  organisation,
  team: 'team-a',
  useCase: null,
  scopes: ['call'],
  modelAllowList: null,
  expiresAt: null,
  revokedAt: null,
}));

export const callers: Caller[] = keyIds.flatMap((key, n) => [
  { key, authorization: `Bearer sk-o10-${key}-${secretOf(n)}`, stranger: false },
  { key, authorization: `Bearer sk-o10-${key}-${secretOf(9)}`, stranger: true },
]);

/** Closing the connection stops the bill of the first only. */
const venues: Venue[] = ['alpha', 'beta', 'gamma'].map((id) => ({
  id,
  protocol: 'openai-chat',
  baseUrl: `https://${id}.example/v1`,
  jurisdiction: 'eu',
  retention: 'zero',
  sealedCredential: null,
  streamUsage: true,
  abortStopsBilling: id === 'alpha',
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: 1_500,
  idleTimeoutMs: 1_500,
}));

/** Pico-USD per token, in and out. */
const sold = { big: [2_500_000n, 10_000_000n], small: [150_000n, 600_000n] } as const;
const everywhere = venues.flatMap(({ id: venue }) =>
  Object.entries(sold).map(([model, [input, output]]) => ({ venue, model, input, output })),
);

const routes: Route[] = everywhere.map(({ venue, model }) => ({
  id: `${venue}/${model}`,
  venue,
  model,
  tier: 'standard',
  revision: '1',
  family: model,
  contextWindow: 128_000,
  maxOutputTokens: 4_096,
  capabilities: ['stream'],
  latencyMsP50: null,
}));

const prices = everywhere.flatMap(({ venue, model, input, output }) =>
  [['input_uncached', input] as const, ['output_text', output] as const].map(([meter, ratePicoUsd]) => ({
    venue,
    model,
    tier: 'standard' as const,
    meter,
    ratePicoUsd,
    validFrom: '2026-01-01T00:00:00.000Z',
    source: 'simulation',
  })),
);

/** The last one is nobody's: calls that name no use case. */
export const useCases = ['shadowed', 'enforced', undefined] as const;

const definitions = (['shadow', 'enforce'] as const).map((mode) =>
  PublishedUseCase.parse({
    slug: mode === 'shadow' ? 'shadowed' : 'enforced',
    team: 'team-a',
    mode,
    baseline: 'alpha/big',
    candidates: ['gamma/small'],
    fallbacks: ['beta/big', 'gamma/big'],
    samplingShare: 0.5,
    retention: 'full',
    grader: { kind: 'exact', reference: 'baseline' },
    floor: { absolute: 0.9 },
    gateHash: createHmac('sha256', 'gate').update(mode).digest('hex'),
  }),
);

/** `limitNanoUsd` of the organisation; a key may spend half of it, the enforced use case two thirds. */
export function declaredEnvelopes(limitNanoUsd: bigint): Envelope[] {
  const window = { unit: 'month', zone: 'UTC' };
  return [
    { id: 'org', scope: { kind: 'organisation' }, limitNanoUsd: usd(limitNanoUsd), window },
    ...keyIds.map((key) => ({
      id: key,
      scope: { kind: 'key', key },
      limitNanoUsd: usd(limitNanoUsd / 2n),
      window,
    })),
    {
      id: 'enforced',
      scope: { kind: 'use_case', useCase: 'enforced' },
      limitNanoUsd: usd((limitNanoUsd * 2n) / 3n),
      window,
    },
  ].map((envelope) => Envelope.parse(envelope));
}

const usd = (nanoUsd: bigint): string => decimalUsd(nanoUsd * 1_000n);

export function indexOf(envelopes: Envelope[]): RoutingIndex {
  const snapshot: Snapshot = {
    contract: 1,
    version: 1,
    publishedAt: '2026-11-01T00:00:00.000Z',
    organisation,
    venues,
    routes,
    models: { big: 'alpha/big', small: 'alpha/small' },
    prices: { hash: priceBook, rows: prices },
    useCases: definitions,
    clearances: [],
    envelopes: envelopes.map(({ id, scope, purpose }) => ({ id, scope, purpose })),
  };
  return routingIndexOf(snapshot);
}
