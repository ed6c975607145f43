import { resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '#contracts/snapshot.js';
import { usableModels } from '#domain/lanes/usable-models.js';
import { checkClaims } from '#domain/price-intake/check-claims.js';
import { differencesOf } from '#domain/price-intake/price-differences.js';
import { bookWith } from '#domain/price-intake/price-timeline.js';
import { seedSource } from '#domain/price-intake/seed-digest.js';
import { expectedCostOf } from '#domain/pricing/expected-cost.js';
import { ceilingOf } from '#domain/pricing/ceiling-of.js';
import { pinPrefix, requestedRoute } from '#domain/routing/requested-route.js';
import { noWishes } from '#domain/routing/wished-venues.js';
import { protocolNamed } from '#protocols/registry.js';
import { assembleSnapshot } from '#domain/routing/assemble-snapshot.js';
import { routingIndexOf } from '#domain/routing/routing-index.js';
import { priceBookHashOf } from '#domain/pricing/price-book.js';
import { PriceBook } from '#contracts/price.js';
import { Snapshot as SnapshotContract } from '#contracts/snapshot.js';
import { shippedSnapshot } from '../../../../test/support/shipped-configuration.js';
import { readSeed } from '../prices/read-price-file.js';

const seedFolder = resolve(import.meta.dirname, '../../../../prisma/seed/prices');
const seenAt = '2026-11-21T00:00:00.000Z';
let snapshot: Snapshot;

beforeAll(async () => {
  const { post } = await readSeed(seedFolder, seenAt);
  const { differences } = differencesOf({
    rows: [],
    source: seedSource,
    claims: post.claims,
    findings: [...post.findings, ...checkClaims(post.claims)],
    sightings: [],
    wanted: () => true,
  });
  const rows = bookWith(
    [],
    differences.map(({ row }) => row),
  );
  const prices = { hash: priceBookHashOf(PriceBook.shape.rows.encode(rows)), rows };
  const parts = { useCases: [], suites: {}, verdicts: [], envelopes: [] };
  const stamp = { version: 1, publishedAt: seenAt, organisation: 'default' };
  const assembled = assembleSnapshot({ ...(await shippedSnapshot()), ...parts, prices }, stamp);
  if (assembled.outcome === 'invalid') throw new Error(assembled.problems.join('\n'));
  snapshot = SnapshotContract.parse(JSON.parse(assembled.published.body));
});

/** What is sold by the picture has no words to sell. */
const textRoutes = () => snapshot.routes.filter(({ capabilities }) => !capabilities.includes('images'));
const pins = () => Object.entries(snapshot.models).filter(([name]) => name.startsWith(pinPrefix));

test('it pins at least 37 routes over at least 30 models', () => {
  expect(pins().length).toBeGreaterThanOrEqual(37);
  const modelOf = new Map(snapshot.routes.map(({ id, model }) => [id, model.split('/').at(-1)?.toLowerCase()]));
  expect(new Set(pins().map(([, route]) => modelOf.get(route))).size).toBeGreaterThanOrEqual(30);
});

test('what a key without limits may use is what is configured, each again as flex where that tier is', () => {
  const names = usableModels({ useCase: null, modelAllowList: null, team: 'care' }, routingIndexOf(snapshot));
  const standard = names.filter((name) => name.startsWith('flux-') && !name.endsWith(':flex'));
  const lanes = Object.keys(snapshot.lanes?.lanes ?? {}).map((lane) => `flux-${lane}`);
  expect(standard).toEqual([...pins().map(([name]) => name), ...lanes, 'flux-auto'].sort());
  expect(names).toContain('flux-pinned-gpt-5.4:flex');
  expect(names).not.toContain('flux-pinned-claude-opus-5:flex');
});

test('every route has a price of text in and out, at its tier', () => {
  const index = routingIndexOf(snapshot);
  const unpriced = textRoutes().filter(
    (route) => expectedCostOf({ inputTokens: 1, outputTokens: 1 }, index.prices, route, Date.parse(seenAt)) === null,
  );
  expect(unpriced.map(({ id }) => id)).toEqual([]);
});

test('each lane serves callers of both wire formats', () => {
  const venues = new Map(snapshot.venues.map((venue) => [venue.id, venue.protocol]));
  for (const [lane, { name, routes }] of Object.entries(snapshot.lanes?.lanes ?? {})) {
    if (lane === 'image') continue; // which only OpenAI's format asks for
    const protocols = routes.map((id) => venues.get(id.slice(0, id.indexOf('/'))));
    expect(protocols, name).toEqual(expect.arrayContaining(['openai-chat', 'anthropic-messages']));
  }
});

test.each(['openai-images', 'openai-image-edits'] as const)(
  '%s: pictures have a lane, by name and by rule, and a price',
  (protocol) => {
    const index = routingIndexOf(snapshot);
    const body = Buffer.from(JSON.stringify({ model: 'flux-image', prompt: 'a lighthouse', n: 2, quality: 'high' }));
    const reading = protocolNamed(protocol).readHead(body);
    if (reading.refusal) throw new Error(reading.refusal.message);
    const { head } = reading;
    const instantMs = Date.parse(seenAt);
    for (const model of ['flux-image', 'flux-auto', 'flux-pinned-gpt-image-2']) {
      const lane = { ...head, reasoningEffort: null };
      const asked = requestedRoute(
        { model, tier: 'standard', wishes: noWishes, instantMs, protocol, lane },
        undefined,
        index,
      );
      if ('refused' in asked) throw new Error(asked.refused.message);
      expect([asked.placed.route.id, asked.lane]).toEqual([
        'openai/gpt-image-2',
        model.includes('pinned') ? null : 'image',
      ]);
    }
    const { route } = index.routes.get('openai/gpt-image-2')!;
    const bound = {
      ...{ inputTokensMax: head.inputTokensBound, outputTokensMax: 0, choices: 1, needs: head.needs },
      pictures: { count: 2, tokensMax: 2 * route.maxOutputTokens },
    };
    // Two pictures of 23,718 tokens at 30 USD a million, and what was asked in at most so many bytes at 8.
    const most = 2n * 23_718n * 30_000_000n;
    const ceiling = ceilingOf(bound, index.prices, route, instantMs);
    expect(ceiling).toBeGreaterThan(most);
    expect(ceiling).toBeLessThanOrEqual(most + BigInt(head.inputTokensBound) * 8_000_000n);
  },
);
