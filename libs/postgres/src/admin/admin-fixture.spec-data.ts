/** A small installation for specs: two venues, three routes, prices, one use case with a suite, one envelope. */
import type { Envelope } from '#contracts/envelope.js';
import type { PriceRow } from '#contracts/price.js';
import type { Route, Venue } from '#contracts/venue.js';
import type { Verdict } from '#contracts/verdict.js';
import { UseCaseDefinition } from './use-case.store.js';

export const venue = (id: string, also: Partial<Venue> = {}): Venue => ({
  id,
  protocol: 'openai-chat',
  baseUrl: `https://${id}.example/v1`,
  jurisdiction: 'eu',
  retention: 'zero',
  sealedCredential: null,
  streamUsage: true,
  abortStopsBilling: false,
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: 10_000,
  idleTimeoutMs: 10_000,
  ...also,
});

export const route = (venueId: string, model: string, also: Partial<Route> = {}): Route => ({
  id: `${venueId}/${model}`,
  venue: venueId,
  model,
  tier: 'standard',
  revision: '2026-10-01',
  family: 'alpha',
  contextWindow: 128_000,
  maxOutputTokens: 8_192,
  capabilities: ['stream', 'tools'],
  latencyMsP50: null,
  ...also,
});

export const priceRow = (venueId: string, model: string, also: Partial<PriceRow> = {}): PriceRow => ({
  venue: venueId,
  model,
  tier: 'standard',
  meter: 'input_uncached',
  ratePicoUsd: 2_500_000n,
  validFrom: '2026-01-01T00:00:00.000Z',
  source: 'https://north.example/pricing',
  ...also,
});

export const useCase = (slug: string, also: Partial<UseCaseDefinition> = {}): UseCaseDefinition => ({
  ...UseCaseDefinition.parse({
    slug,
    team: 'care',
    baseline: 'north/large',
    candidates: ['north/small'],
    grader: { kind: 'exact', reference: 'suite' },
    floor: { absolute: 0.9 },
  }),
  ...also,
});

export const envelope = (id: string, also: Partial<Envelope> = {}): Envelope => ({
  id,
  scope: { kind: 'organisation' },
  model: null,
  tag: null,
  purpose: 'live',
  mode: 'enforce',
  limitNanoUsd: 25_000_000_000n,
  window: { unit: 'month', zone: 'UTC' },
  steerAtPercent: null,
  flexAtPercent: null,
  shrinkAtPercent: null,
  capAtPercent: null,
  ...also,
});

export const verdict = (gate: string, also: Partial<Verdict> = {}): Verdict => ({
  id: '01900000-0000-7000-8000-000000000001',
  useCase: 'triage',
  gate,
  baseline: 'north/large',
  candidate: 'north/small',
  revision: '2026-10-01',
  verdict: 'cleared',
  decidedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-12-01T00:00:00.000Z',
  samples: 400,
  clusters: 400,
  spanHours: 100,
  lnThreshold: 4.6,
  floor: { absolute: 0.9 },
  terms: {
    alpha: 0.05,
    slots: 5,
    samplesMin: 100,
    samplesMax: 5_000,
    clustersMin: 30,
    spanHours: 72,
    evidenceExpiryDays: 30,
  },
  criteria: [],
  overrides: [],
  ...also,
});
