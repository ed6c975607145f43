import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Floor, GateTerms, Grader } from '#contracts/use-case.js';
import { type GateDeclaration, gateHashOf } from './gate-hash.js';

const declared: GateDeclaration = {
  useCase: 'support',
  baseline: { route: 'north/big', revision: '2026-01' },
  grader: Grader.parse({ kind: 'numeric', reference: 'suite' }),
  floor: Floor.parse({ absolute: 0.9 }),
  terms: GateTerms.parse({}),
  suiteHash: null,
};

test('the hash is SHA-256 over RFC 8785 JSON that anyone can write down', () => {
  const json =
    '{"baseline":{"revision":"2026-01","route":"north/big"},"floor":{"absolute":0.9},"grader":{"kind":"numeric","reference":"suite"},' +
    '"schema":"o10.gate.v1","suiteHash":null,"terms":{"alpha":0.05,"clustersMin":30,"evidenceExpiryDays":30,"samplesMax":5000,' +
    '"samplesMin":100,"slots":5,"spanHours":72},"useCase":"support"}';
  expect(gateHashOf(declared)).toBe(createHash('sha256').update(json).digest('hex'));
});

test('whatever is changed makes another gate; the order of keys does not', () => {
  const changes: Partial<GateDeclaration>[] = [
    {},
    { useCase: 'sales' },
    { baseline: { route: 'north/small', revision: '2026-01' } },
    { baseline: { route: 'north/big', revision: '2026-02' } },
    { grader: Grader.parse({ kind: 'numeric', reference: 'baseline' }) },
    { grader: Grader.parse({ kind: 'exact', reference: 'suite' }) },
    { floor: Floor.parse({ absolute: 0.91 }) },
    { floor: Floor.parse({ absolute: 0.9, nonInferiorMargin: 0.03 }) },
    { terms: GateTerms.parse({ alpha: 0.04 }) },
    { terms: GateTerms.parse({ slots: 6 }) },
    { suiteHash: '0'.repeat(64) },
    { judges: [{ route: 'east/judge', revision: '1' }] },
    { judges: [{ route: 'east/judge', revision: '2' }] },
  ];
  const hashes = changes.map((change) => gateHashOf({ ...declared, ...change }));
  expect(new Set(hashes).size).toBe(changes.length);
  const { revision, route } = declared.baseline;
  expect(gateHashOf({ ...declared, baseline: { revision, route } })).toBe(hashes[0]);
  expect(gateHashOf({ ...declared, floor: { absolute: 0.9, nonInferiorMargin: undefined } })).toBe(hashes[0]);
});

test('what JSON cannot hold is refused', () => {
  expect(() => gateHashOf({ ...declared, grader: { kind: 'regex', pattern: '\ud800' } })).toThrow(/surrogate/i);
  expect(() => gateHashOf({ ...declared, floor: { absolute: Number.NaN } })).toThrow(/NaN/);
});
