import { expect, test } from 'vitest';
import type { Route, Venue } from '#contracts/venue.js';
import { PublishedUseCase } from '#contracts/snapshot.js';
import { priceIndexOf } from '#domain/pricing/price-book.js';
import { route, useCase, venue } from '#postgres/admin/admin-fixture.spec-data.js';
import { protocolNamed } from '#protocols/registry.js';
import { planReplay } from './plan-replay.js';

const protocol = protocolNamed('openai-chat');
const nowMs = Date.parse('2026-11-20T00:00:00.000Z');
const rates = { input_uncached: 1n, output_text: 10n } as const;
const prices = priceIndexOf({
  hash: 'a'.repeat(64),
  rows: (['input_uncached', 'output_text'] as const).map((meter) => ({
    venue: 'south',
    model: 'small',
    tier: 'standard',
    meter,
    ratePicoUsd: rates[meter],
    validFrom: '2026-01-01T00:00:00.000Z',
    source: 'spec',
  })),
});
const asked = (also: object = {}) => {
  const body = Buffer.from(JSON.stringify({ model: 'large', messages: [{ role: 'user', content: 'Hi' }], ...also }));
  const { head } = protocol.readHead(body);
  if (!head) throw new Error('the request of this spec is wrong');
  return { head, body, protocol };
};
const published = (also: object = {}) =>
  PublishedUseCase.parse({ ...useCase('triage'), samplingShare: 1, mode: 'shadow', gateHash: 'b'.repeat(64), ...also });
const plan = (request = asked(), at: { route?: Partial<Route>; venue?: Partial<Venue> } = {}, declared = published()) =>
  planReplay(
    request,
    { route: route('south', 'small', at.route), venue: venue('south', at.venue) },
    declared,
    prices,
    nowMs,
  );

test('the ceiling is of the candidate, with the limit enforce would inject where the caller named none', () => {
  const made = plan(asked(), { route: { maxOutputTokens: 300 } });
  if ('void' in made) throw new Error(made.void);
  expect(JSON.parse(made.body.toString())).toMatchObject({ model: 'small', max_completion_tokens: 300 });
  const head = asked().head;
  expect(made.ceilingPicoUsd).toBe(BigInt(head.inputTokensBound) + 300n * 10n);
  const named = plan(asked({ max_tokens: 7 }));
  if ('void' in named) throw new Error(named.void);
  expect(JSON.parse(named.body.toString())).toMatchObject({ max_tokens: 7 });
});

test('n answers asked for are one answer replayed', () => {
  const one = plan(asked({ max_tokens: 7, n: 3 }));
  const many = plan(asked({ max_tokens: 7 }));
  if ('void' in one || 'void' in many) throw new Error('both can be replayed');
  expect(JSON.parse(one.body.toString())).not.toHaveProperty('n');
  expect(one.ceilingPicoUsd - many.ceilingPicoUsd).toBeLessThan(10n);
});

test.each<[string, ReturnType<typeof plan>]>([
  [
    'residency',
    plan(
      asked(),
      { venue: { jurisdiction: null } },
      published({ policy: { residency: ['eu'], appliesIn: 'enforce' } }),
    ),
  ],
  ['retention', plan(asked(), { venue: { retention: null } }, published({ policy: { retentionAtMost: 'full' } }))],
  ['not_approved', plan(asked(), {}, published({ policy: { approvedModels: ['large'] } }))],
  ['cannot_express', plan(asked({ stream: true }), { route: { capabilities: [] } })],
  ['context', plan(asked({ max_tokens: 9_000 }))],
  ['unpriced', plan(asked(), { route: { model: 'other', id: 'south/other' } })],
  ['cannot_express', plan(asked(), { route: { tier: 'batch' } })],
])('%s: not replayed', (reason, made) => expect(made).toEqual({ void: reason }));
