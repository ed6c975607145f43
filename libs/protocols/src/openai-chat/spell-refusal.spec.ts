import { describe, expect, it } from 'vitest';
import { spellModels, spellRefusal } from './spell-refusal.js';

describe('spellRefusal', () => {
  it("says what is wrong, what to do, whose turn it is and the envelope's facts", () => {
    const envelope = {
      id: 'team-a',
      limitUsd: '10',
      settledUsd: '9.5',
      heldUsd: '0.5',
      resetsAt: '2027-01-01T00:00:00.000Z',
    };
    const { status, headers, body } = spellRefusal({
      code: 'envelope_spent',
      message: 'The envelope team-a is spent.',
      scope: 'team:a',
      envelope,
    });
    expect([status, headers['x-should-retry']]).toEqual([402, 'false']);
    expect(JSON.parse(body.toString())).toEqual({
      error: {
        message: 'The envelope team-a is spent. The envelope is spent until it resets. Raise the limit or wait.',
        type: 'insufficient_quota',
        code: 'envelope_spent',
        param: null,
        retryable: false,
        scope: 'team:a',
        limit: '10',
        resets_at: '2027-01-01T00:00:00.000Z',
        envelope: {
          id: 'team-a',
          limit_usd: '10',
          settled_usd: '9.5',
          held_usd: '0.5',
          resets_at: '2027-01-01T00:00:00.000Z',
        },
      },
    });
  });

  it.each([
    ['invalid_request', 'invalid_request_error', undefined],
    ['unknown_key', 'invalid_request_error', 'Bearer'],
    ['desk_unavailable', 'server_error', undefined],
  ] as const)('%s is of type %s', (code, type, challenge) => {
    const { headers, body } = spellRefusal({ code, message: 'x.' });
    expect([
      (JSON.parse(body.toString()) as { error: { type: string } }).error.type,
      headers['www-authenticate'],
    ]).toEqual([type, challenge]);
    expect(headers).not.toHaveProperty('retry-after');
  });
});

it('spellModels lists ids as OpenAI does', () => {
  expect(JSON.parse(spellModels(['a', 'b/c']).toString())).toEqual({
    object: 'list',
    data: ['a', 'b/c'].map((id) => ({ id, object: 'model', created: 0, owned_by: 'o10' })),
  });
});
