/** A small snapshot for specs: one use case at three venues, two of them candidates, with prices that make c cheapest. */
import type { PriceRow } from '#contracts/price.js';
import type { PublishedUseCase, Snapshot } from '#contracts/snapshot.js';
import { GateTerms, Policy } from '#contracts/use-case.js';
import type { Route, Venue } from '#contracts/venue.js';

export const noon = Date.parse('2026-11-20T12:00:00.000Z');

export const venue = (id: string, change: Partial<Venue> = {}): Venue => ({
  id,
  protocol: 'openai-chat',
  baseUrl: `https://${id}.example/v1`,
  jurisdiction: 'eu',
  retention: 'zero',
  sealedCredential: null,
  streamUsage: true,
  abortStopsBilling: true,
  connectTimeoutMs: 3_000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  ...change,
});

export const route = (venueId: string, change: Partial<Route> = {}): Route => ({
  id: `${venueId}/m-${venueId}`,
  venue: venueId,
  model: `m-${venueId}`,
  tier: 'standard',
  revision: '1',
  family: `family-${venueId}`,
  contextWindow: 128_000,
  maxOutputTokens: 16_000,
  capabilities: ['stream', 'tools'],
  latencyMsP50: null,
  ...change,
});

const price = (venueId: string, meter: PriceRow['meter'], ratePicoUsd: bigint): PriceRow => ({
  venue: venueId,
  model: `m-${venueId}`,
  tier: 'standard',
  meter,
  ratePicoUsd,
  validFrom: '2026-01-01T00:00:00.000Z',
  source: 'spec',
});

export const useCase = (change: Partial<PublishedUseCase> = {}): PublishedUseCase => ({
  slug: 'support',
  team: 'care',
  mode: 'enforce',
  baseline: 'a/m-a',
  candidates: ['b/m-b', 'c/m-c'],
  grader: { kind: 'exact', reference: 'suite', ignoreCase: true },
  floor: { absolute: 0.9 },
  gate: GateTerms.parse({}),
  policy: Policy.parse({}),
  samplingShare: 0.2,
  retention: 'full',
  maxOutputTokens: 500,
  fallbacks: [],
  whenDeskIsDown: 'closed',
  rampShare: 1,
  canary: { scoredShare: 0.02, perDayMin: 200, pairedShare: 0.01 },
  gateHash: '1'.repeat(64),
  ...change,
});

export function clearance(
  candidate: string,
  change: Partial<Snapshot['clearances'][number]> = {},
): Snapshot['clearances'][number] {
  return {
    useCase: 'support',
    baseline: 'a/m-a',
    candidate,
    revision: '1',
    verdict: '00000000-0000-7000-8000-000000000001',
    expiresAt: '2026-12-01T00:00:00.000Z',
    ...change,
  };
}

export const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  contract: 1,
  version: 1,
  publishedAt: '2026-11-20T00:00:00.000Z',
  organisation: 'default',
  venues: ['a', 'b', 'c', 'd'].map((id) => venue(id)),
  routes: ['a', 'b', 'c', 'd'].map((id) => route(id)),
  models: { 'm-a': 'a/m-a', 'm-b': 'b/m-b', 'm-c': 'c/m-c', 'm-d': 'd/m-d' },
  prices: {
    hash: '0'.repeat(64),
    rows: (['a', 'b', 'c'] as const).flatMap((id, place) => [
      price(id, 'input_uncached', [2_500_000n, 500_000n, 100_000n][place] ?? 0n),
      price(id, 'output_text', [10_000_000n, 2_000_000n, 400_000n][place] ?? 0n),
    ]),
  },
  useCases: [useCase()],
  clearances: [clearance('b/m-b'), clearance('c/m-c')],
  envelopes: [],
  ...change,
});
