import { resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '#contracts/snapshot.js';
import { usableModels } from '#domain/lanes/usable-models.js';
import { checkClaims } from '#domain/price-intake/check-claims.js';
import { differencesOf } from '#domain/price-intake/price-differences.js';
import { bookWith } from '#domain/price-intake/price-timeline.js';
import { seedSource } from '#domain/price-intake/seed-digest.js';
import { expectedCostOf } from '#domain/pricing/expected-cost.js';
import { pinPrefix } from '#domain/routing/requested-route.js';
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
  const unpriced = snapshot.routes.filter(
    (route) => expectedCostOf({ inputTokens: 1, outputTokens: 1 }, index.prices, route, Date.parse(seenAt)) === null,
  );
  expect(unpriced.map(({ id }) => id)).toEqual([]);
});

test('each lane serves callers of both wire formats', () => {
  const venues = new Map(snapshot.venues.map((venue) => [venue.id, venue.protocol]));
  for (const { name, routes } of Object.values(snapshot.lanes?.lanes ?? {})) {
    const protocols = routes.map((id) => venues.get(id.slice(0, id.indexOf('/'))));
    expect(protocols, name).toEqual(expect.arrayContaining(['openai-chat', 'anthropic-messages']));
  }
});
