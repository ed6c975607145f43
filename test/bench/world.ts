/**
 * What the measured o10 is configured with: a price, a route and a use case look as in production, only the venues are
 * one mock upstream under several names. Small is what a team starts with, large what an enterprise grows to.
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DeskEnvelope } from '#contracts/envelope-desk.js';
import type { EnvelopeCover } from '#contracts/envelope.js';
import type { PriceRow } from '#contracts/price.js';
import type { PublishedSnapshot } from '#contracts/snapshot-feed.js';
import { type PublishedUseCase, Snapshot } from '#contracts/snapshot.js';
import { UseCase } from '#contracts/use-case.js';
import type { Route, Venue } from '#contracts/venue.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';
import { masterKey } from '../support/venue-world.js';

export interface WorldSize {
  useCases: number;
  routes: number;
}

export const smallWorld: WorldSize = { useCases: 10, routes: 24 };
export const largeWorld: WorldSize = { useCases: 1_000, routes: 500 };

/** What the mock serves on the ports behind its base: at once, 200 events at once, one each 20 ms, one each 500 ms. */
export const upstreams = { json: 1, burst: 3, paced: 4, endless: 6 } as const;
export type Upstream = keyof typeof upstreams;

const jsonVenueCount = 4;
/** 24 routes are judged for each call: the baseline and these. */
const candidateCount = 23;
const limitNanoUsd = 8_000_000_000_000_000n;
const samplingShare = 0.1;

/** The model a call asks for to reach an upstream; also the name of the use case it belongs to. */
export const modelOf = (upstream: Upstream): string => `gpt-4o-mini-${upstream}`;
export const useCaseOf = (upstream: Upstream): string => `case-${upstream}`;

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function venueRow(id: string, port: number): Venue {
  const row: Venue = {
    id,
    protocol: 'openai-chat',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    jurisdiction: 'eu',
    retention: 'zero',
    sealedCredential: null,
    streamUsage: true,
    abortStopsBilling: true,
    connectTimeoutMs: 5_000,
    firstByteTimeoutMs: 30_000,
    idleTimeoutMs: 30_000,
  };
  return { ...row, sealedCredential: sealText(keyFromHex(masterKey), 'sk-bench-upstream', credentialAad(row)) };
}

const routeRow = (venue: string, model: string): Route => ({
  id: `${venue}/${model}`,
  venue,
  model,
  tier: 'standard',
  revision: '1',
  family: 'bench',
  contextWindow: 1_000_000,
  maxOutputTokens: 16_384,
  capabilities: ['stream', 'tools'],
  latencyMsP50: 400,
});

function routesOf({ routes }: WorldSize): Route[] {
  const streams = (['burst', 'paced', 'endless'] as const).map((name) => routeRow(name, modelOf(name)));
  const others = Array.from({ length: routes - streams.length }, (_, n) => {
    const model = n < jsonVenueCount ? modelOf('json') : `model-${Math.floor(n / jsonVenueCount)}`;
    return routeRow(`json-${n % jsonVenueCount}`, model);
  });
  return [...others, ...streams];
}

const pricesOf = (routes: Route[]): PriceRow[] =>
  routes.flatMap(({ venue, model, tier }, n) =>
    (
      [
        ['input_uncached', 150_000],
        ['cache_read', 75_000],
        ['output_text', 600_000],
      ] as const
    ).map(([meter, rate]) => ({
      venue,
      model,
      tier,
      meter,
      ratePicoUsd: BigInt(rate + 1_000 * (n % 37)),
      validFrom: '2026-01-01T00:00:00.000Z',
      source: 'bench',
    })),
  );

function useCaseRow(slug: string, baseline: string, routes: Route[]): PublishedUseCase {
  const candidates = routes.map((route) => route.id).filter((id) => id !== baseline);
  const declared = UseCase.parse({
    slug,
    team: 'bench',
    mode: 'shadow',
    baseline,
    candidates: candidates.slice(0, candidateCount),
    grader: { kind: 'exact', reference: 'baseline' },
    floor: { absolute: 0.9 },
    policy: { residency: ['eu'] },
    samplingShare,
  });
  return { ...declared, samplingShare, gateHash: hexOf(slug) };
}

function useCasesOf(size: WorldSize, routes: Route[]): PublishedUseCase[] {
  const named = (Object.keys(upstreams) as Upstream[]).map((upstream) => {
    const venue = upstream === 'json' ? 'json-0' : upstream;
    return useCaseRow(useCaseOf(upstream), `${venue}/${modelOf(upstream)}`, routes);
  });
  const others = Array.from({ length: size.useCases - named.length }, (_, n) => {
    const from = n % Math.max(1, routes.length - candidateCount);
    return useCaseRow(`case-${n}`, routes[from]!.id, routes.slice(from, from + candidateCount + 1));
  });
  return [...named, ...others];
}

/** A third of the candidates have proved themselves. */
const clearancesOf = (useCases: PublishedUseCase[]): Snapshot['clearances'] =>
  useCases.flatMap(({ slug, baseline, candidates }) =>
    candidates
      .filter((_, n) => n % 3 === 0)
      .map((candidate) => ({
        useCase: slug,
        baseline,
        candidate,
        revision: '1',
        verdict: '01890000-0000-7000-8000-000000000000',
        expiresAt: '2036-01-01T00:00:00.000Z',
      })),
  );

const coversOf = (useCases: PublishedUseCase[]): EnvelopeCover[] => [
  { id: 'all', scope: { kind: 'organisation' }, purpose: 'live' },
  { id: 'team-bench', scope: { kind: 'team', team: 'bench' }, purpose: 'live' },
  ...useCases.map(({ slug }) => ({
    id: `of-${slug}`,
    scope: { kind: 'use_case' as const, useCase: slug },
    purpose: 'live' as const,
  })),
];

/** `basePort`: of the mock. */
export function worldOf(size: WorldSize, basePort: number, version: number): Snapshot {
  const jsonVenues = Array.from({ length: jsonVenueCount }, (_, n) => venueRow(`json-${n}`, basePort + upstreams.json));
  const streamVenues = (['burst', 'paced', 'endless'] as const).map((name) =>
    venueRow(name, basePort + upstreams[name]),
  );
  const routes = routesOf(size);
  const useCases = useCasesOf(size, routes);
  const names = Object.keys(upstreams) as Upstream[];
  return {
    contract: 1,
    version,
    publishedAt: new Date().toISOString(),
    organisation: 'bench',
    venues: [...jsonVenues, ...streamVenues],
    routes,
    models: Object.fromEntries(
      names.map((name) => [modelOf(name), `${name === 'json' ? 'json-0' : name}/${modelOf(name)}`]),
    ),
    prices: { hash: hexOf('prices'), rows: pricesOf(routes) },
    useCases,
    clearances: clearancesOf(useCases),
    envelopes: coversOf(useCases),
  };
}

export function published(snapshot: Snapshot): PublishedSnapshot {
  const body = JSON.stringify(z.encode(Snapshot, snapshot));
  return { version: snapshot.version, sha256: hexOf(body), body };
}

/** As the desk must know them: one window without end, a limit no run reaches. */
export const deskEnvelopesOf = (snapshot: Snapshot): DeskEnvelope[] =>
  snapshot.envelopes.map(({ id }) => ({
    id,
    limitNanoUsd,
    steerAtPercent: 80,
    windows: [{ id: 'total', startsAtMs: 0, endsAtMs: null }],
  }));

/** A chat request of about `bytes` bytes: a system message, turns, one tool, metadata. Compresses badly, like text. */
export function requestBody(bytes: number, upstream: Upstream): Buffer {
  const words = (count: number) => randomBytes(count).toString('base64').replace(/[+/=]/g, ' ');
  const turns = (text: string) => [
    { role: 'system', content: 'You answer questions about quarterly reports. Cite the page. Be brief.' },
    { role: 'user', content: 'What changed in the second quarter?' },
    { role: 'assistant', content: 'Revenue rose nine percent while operating cost stayed flat.' },
    { role: 'user', content: text },
  ];
  const parameters = { type: 'object', properties: { page: { type: 'integer' } }, required: ['page'] };
  const tool = { type: 'function', function: { name: 'read_page', description: 'Reads one page.', parameters } };
  const body = (text: string) =>
    JSON.stringify({
      model: modelOf(upstream),
      messages: turns(text),
      ...(upstream === 'json' ? { tools: [tool] } : { stream: true }),
      max_tokens: 256,
      temperature: 0.2,
      metadata: { customer: 'bench', trace: hexOf('trace') },
    });
  const rest = bytes - body('').length;
  return Buffer.from(body(words(Math.ceil(rest * 0.75)).slice(0, rest)));
}
