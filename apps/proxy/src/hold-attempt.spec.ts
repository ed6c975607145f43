/** What is held of a call whose venue runs tools for it, and what of a route in a place with prices of its own. */
import { expect, test } from 'vitest';
import type { HoldRequest } from '#contracts/envelope-desk.js';
import { routingIndexOf } from '#domain/routing/routing-index.js';
import { noon, route, snapshot, useCase, venue } from '#domain/routing/snapshot.spec-data.js';
import { anthropicMessages } from '#protocols/anthropic-messages/anthropic-messages.js';
import type { AdmittedCall, InboundCall } from './admit-call.js';
import { holdAttempt } from './hold-attempt.js';

const price = (meter: 'input_uncached' | 'output_text' | 'web_searches', ratePicoUsd: bigint, region?: string) => ({
  ...{ venue: 'a', model: 'm-a', tier: 'standard' as const, meter, ratePicoUsd, source: 'spec' },
  ...{ validFrom: '2026-01-01T00:00:00.000Z', ...(region && { region }) },
});
const rows = [
  price('input_uncached', 1_000n),
  price('output_text', 5_000n),
  price('output_text', 7_000n, 'us'),
  price('web_searches', 10_000_000n),
];
const indexAt = (region?: string) =>
  routingIndexOf(
    snapshot({
      venues: ['a', 'b', 'c', 'd'].map((id) => venue(id, { protocol: 'anthropic-messages' })),
      routes: ['a', 'b', 'c', 'd'].map((id) => route(id, { contextWindow: 10_000, ...(region && { region }) })),
      prices: { hash: '0'.repeat(64), rows },
      useCases: [useCase({ mode: 'off' })],
      clearances: [],
      envelopes: [{ id: 'team', scope: { kind: 'team', team: 'care' }, purpose: 'live' }],
    }),
  );

async function hold(tools: object[], region?: string) {
  const index = indexAt(region);
  const body = Buffer.from(
    JSON.stringify({ model: 'm-a', max_tokens: 100, messages: [{ role: 'user', content: 'x' }], tools }),
  );
  const { head } = anthropicMessages.readHead(body);
  const placed = index.routes.get('a/m-a')!;
  const call = {
    ...{ head, requested: placed, useCase: index.useCases.get('support'), key: { id: 'k', team: 'care' } },
  } as unknown as AdmittedCall;
  const inbound = { callId: 'call', admittedAtMs: noon, protocol: anthropicMessages } as InboundCall;
  let asked: HoldRequest | null = null;
  const outcome = await holdAttempt('attempt', inbound, call, placed, {
    index,
    maxOutputTokens: 100,
    lowerTo: null,
    cutTo: null,
    line: null,
    ask: (request) => {
      asked = request;
      const nothing = { envelopes: [], wouldRefuse: [], position: null, step: null };
      return Promise.resolve({ outcome: 'held', holdId: request.holdId, ...nothing });
    },
  });
  return { outcome, asked: asked as HoldRequest | null, inputBound: head!.inputTokensBound };
}

test('each use is held with its fee and a context window of input', async () => {
  const { asked, inputBound } = await hold([{ type: 'web_search_20250305', name: 'web_search', max_uses: 3 }]);
  const picoUsd = BigInt(inputBound + 3 * 10_000) * 1_000n + 100n * 7_000n + 3n * 10_000_000n;
  expect(asked?.amountNanoUsd).toBe((picoUsd + 999n) / 1_000n);
});

test('a route that states its place is held at the prices of that place, one that does not at the dearest', async () => {
  const [anywhere, eu, us] = await Promise.all([hold([]), hold([], 'eu'), hold([], 'us')]);
  expect(anywhere.asked!.amountNanoUsd - eu.asked!.amountNanoUsd).toBe(200n);
  expect(us.asked!.amountNanoUsd).toBe(anywhere.asked!.amountNanoUsd);
});

test('a tool without a cap is refused where an envelope must hold the call, before the desk is asked', async () => {
  const { outcome, asked } = await hold([{ type: 'web_search_20250305', name: 'web_search' }]);
  expect(outcome.refused).toMatchObject({ code: 'tool_without_cap', param: 'tools' });
  expect(asked).toBeNull();
});

test('a tool whose fee has no price is refused as any other unknown price', async () => {
  const { outcome } = await hold([{ type: 'code_execution_20250825', name: 'code', max_uses: 2 }]);
  expect(outcome.refused?.code).toBe('price_unknown');
});
