import { expect, test } from 'vitest';
import { GateDeclared } from '#contracts/enforcement.js';
import { Entry } from '#contracts/entry.js';
import { assembleSnapshot } from '#domain/routing/assemble-snapshot.js';
import type { SnapshotParts } from '#contracts/snapshot-parts.js';
import { UseCase } from '#contracts/use-case.js';
import { route, useCase, venue } from './admin-fixture.spec-data.js';
import { declaredGates } from './declared-gates.js';

const declared = (also: Partial<UseCase> = {}) => UseCase.parse({ mode: 'off', ...useCase('triage'), ...also });
const other = 'north/other';

function published(useCases: UseCase[], version = 1) {
  const parts: SnapshotParts = {
    venues: [venue('north')],
    routes: ['large', 'small', 'other'].map((model) => route('north', model)),
    models: {},
    prices: null,
    useCases,
    suites: {},
    verdicts: [],
    envelopes: [],
  };
  const answer = assembleSnapshot(parts, { version, publishedAt: '2026-11-20T00:00:00.000Z', organisation: 'acme' });
  if (answer.outcome === 'invalid') throw new Error(answer.problems.join());
  return answer.published;
}

test('a gate is written down with the snapshot that declares it', () => {
  const [line, ...more] = declaredGates(null, published([declared()]), Date.parse('2026-11-20T00:00:00.000Z'));
  expect(more).toEqual([]);
  const { kind, log, body } = Entry.parse(line);
  expect([kind, log]).toEqual(['gate_declared', 'acme']);
  expect(GateDeclared.parse(body)).toMatchObject({
    useCase: 'triage',
    baseline: 'north/large',
    baselineRevision: '2026-10-01',
    candidates: [{ route: 'north/small', revision: '2026-10-01' }],
    floor: { absolute: 0.9 },
    snapshot: 1,
  });
});

test.each<[string, Partial<UseCase>, number]>([
  ['nothing', {}, 0],
  ['the mode', { mode: 'off', samplingShare: 1 }, 0],
  ['the floor', { floor: { absolute: 0.95 } }, 1],
  ['the candidates', { candidates: ['north/small', other] }, 1],
  ['the prompt template', { promptTemplate: 'v2' }, 1],
])('changed %s', (_, change, lines) => {
  const before = published([declared()]);
  expect(declaredGates(before, published([declared(change)], 2), 0)).toHaveLength(lines);
});
