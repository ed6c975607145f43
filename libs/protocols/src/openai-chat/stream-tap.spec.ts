import { describe, expect, it } from 'vitest';
import { relayedOf } from '../protocol.conformance.js';
import type { TapOptions } from '../protocol.js';
import { openAiChat } from './openai-chat.js';

type ServedFacts = Parameters<NonNullable<TapOptions['costText']>>[0];

const event = (message: object | string) =>
  `data: ${typeof message === 'string' ? message : JSON.stringify(message)}\n\n`;
const delta = (content: string, more: object = {}) =>
  event({ model: 'm-1', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });
const stop = event({ model: 'm-1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const counted = event({ model: 'm-2', service_tier: 'flex', choices: [], usage });
const done = event('[DONE]');

const passed = (text: string, choices = 1) => relayedOf(openAiChat, { strip: false, choices }, [Buffer.from(text)]).tap;

describe('what a stream says', () => {
  it('usage, the model and tier that served, and its end', () => {
    const tap = passed(delta('a') + stop + counted + done);
    expect([tap.usage.parts, tap.servedModel, tap.servedTier, tap.finishReason, tap.complete]).toEqual([
      { input_uncached: 3, output_text: 2 },
      'm-2',
      'flex',
      'stop',
      true,
    ]);
  });

  it.each([
    ['no usage', delta('a') + stop + done, 'missing', true],
    ['usage with the last content', delta('a', { usage }) + stop + done, 'reported', true],
    [
      'the last of running counts',
      delta('a', { usage: { prompt_tokens: 3, completion_tokens: 1 } }) + delta('b', { usage }) + stop,
      'reported',
      true,
    ],
    ['a fragment behind a count', counted + delta('b', { usage: { total_tokens: 9 } }) + stop, 'reported', true],
    [
      'a count that does not add up behind one that does',
      counted + event({ choices: [], usage: { ...usage, total_tokens: 9 } }) + stop,
      'quarantined',
      true,
    ],
    ['an end without [DONE]', delta('a') + stop, 'missing', true],
    ['[DONE] without a finish', delta('a') + done, 'missing', true],
    ['no end', delta('a') + delta('b'), 'missing', false],
    ['half an end', delta('a') + stop.slice(0, -1), 'missing', false],
    ['[DONE] as content', delta('[DONE]'), 'missing', false],
    ['CRLF lines', (delta('a') + counted + stop).replaceAll('\n', '\r\n'), 'reported', true],
    [
      'spaces around the colon',
      'data: {"choices" : [], "usage" : {"prompt_tokens":3,"completion_tokens":2}}\n\n' + stop,
      'reported',
      true,
    ],
    [
      'data over two lines',
      'data: {"choices":[],\ndata: "usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n' + done,
      'reported',
      true,
    ],
    [
      'the key as a value before the key',
      event({ choices: [{ index: 0, delta: { content: 'usage' } }], usage }) + stop,
      'reported',
      true,
    ],
  ])('%s', (_, text, basis, complete) => {
    const tap = passed(text);
    expect([tap.usage.basis, tap.complete, tap.isError]).toEqual([basis, complete, false]);
  });

  it.each([
    ['an error object', delta('a') + event({ error: { message: 'overloaded' } })],
    ['an error beside choices', event({ choices: [{ index: 0, delta: {}, finish_reason: 'error' }] })],
    ['an error that names its type', 'event: error\ndata: {"message":"x"}\n\n'],
    ['an error and then an end', event({ error: { code: 502 } }) + stop + done],
  ])('%s', (_, text) => expect([passed(text).isError, passed(text).complete]).toEqual([true, false]));

  it('is complete only when every choice is', () => {
    const second = event({ choices: [{ index: 1, delta: {}, finish_reason: 'length' }] });
    expect([passed(stop, 2).complete, passed(stop + stop, 2).complete, passed(stop + second, 2).complete]).toEqual([
      false,
      false,
      true,
    ]);
    expect(passed(second + stop, 2).finishReason).toBe('stop');
  });

  it('remembers half an event as such', () => {
    const tap = openAiChat.tapStream({ strip: false, choices: 1 });
    tap.push(Buffer.from(delta('a')));
    expect(tap.betweenEvents).toBe(true);
    tap.push(Buffer.from('data: {"cho'));
    expect([tap.betweenEvents, tap.heldBytes]).toEqual([false, 0]);
  });
});

describe('the cost', () => {
  const costed = (text: string, cost: string | null) => {
    const seen: unknown[] = [];
    const costText = ({ usage, servedModel, servedTier }: ServedFacts) => (
      seen.push([usage, servedModel, servedTier]),
      cost
    );
    return {
      ...relayedOf(
        openAiChat,
        { strip: false, choices: 1, costText },
        [...Buffer.from(text)].map((byte) => Buffer.from([byte])),
      ),
      seen,
    };
  };

  it('goes into the last usage, and nothing else changes', () => {
    const { bytes, seen } = costed(delta('a', { usage: null }) + stop + counted + done, '0.000123');
    expect(bytes.toString()).toBe(
      delta('a', { usage: null }) +
        stop +
        counted.replace('"total_tokens":5}', '"total_tokens":5,"cost":0.000123}') +
        done,
    );
    expect(seen).toEqual([[expect.objectContaining({ basis: 'reported' }), 'm-2', 'flex']]);
  });

  it('is not written into running counts, over a cost the venue states, or where it is unknown', () => {
    const running =
      delta('a', { usage }) +
      event({ model: 'm', choices: [{ index: 0, finish_reason: 'stop' }], usage: { ...usage, cost: 1 } });
    expect(costed(running, '2').bytes.toString()).toBe(running);
    expect(costed(counted, null).bytes.toString()).toBe(counted);
    const odd = event({ choices: [], usage: { ...usage, total_tokens: 99 } });
    expect([costed(odd, '1').bytes.toString(), costed(odd, '1').seen]).toEqual([odd, []]);
  });
});

describe('holding back', () => {
  const strip = { strip: true, choices: 1 };

  it('keeps half an event until the rest is there, and no whole one', () => {
    const tap = openAiChat.tapStream(strip);
    expect(String(tap.push(Buffer.from(delta('a') + counted.slice(0, 30))))).toBe(delta('a'));
    expect([tap.heldBytes, tap.betweenEvents]).toEqual([30, true]);
    expect(tap.push(Buffer.from(counted.slice(30)))).toBeNull();
    expect([tap.heldBytes, tap.usage.basis]).toEqual([0, 'reported']);
    const chunk = Buffer.from(stop + done);
    expect(tap.push(chunk)).toBe(chunk);
  });

  it('passes an event beyond 64 KiB as it is, and still reads it', () => {
    const large = event({ choices: [], usage: { ...usage, padding: 'x'.repeat(200_000) } });
    for (const size of [1_000, 70_000, 1_000_000]) {
      const text = stop + large + counted + done;
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        Buffer.from(text.slice(i * size, (i + 1) * size)),
      );
      const tap = openAiChat.tapStream(strip);
      const out = chunks.map((chunk) => {
        const relayed = tap.push(chunk);
        expect(tap.heldBytes).toBeLessThanOrEqual(64 * 1024);
        return relayed;
      });
      const kept = Buffer.concat(out.filter((part) => part !== null)).toString();
      // Whole in one chunk, it need not be held to be edited.
      expect(kept).toBe(size === 1_000_000 ? stop + done : stop + large + done);
      expect(tap.usage.basis).toBe('reported');
    }
  });

  it('does not read beyond 1 MiB of one event, and goes on behind it', () => {
    const endless = `data: {"usage":${'x'.repeat(3 * 1024 * 1024)}`;
    const chunks = [...(`${endless}\n\n${delta('a')}${counted}${done}`.match(/[^]{1,65536}/g) ?? [])].map((part) =>
      Buffer.from(part),
    );
    const { tap, bytes } = relayedOf(openAiChat, strip, chunks);
    expect(bytes.toString()).toBe(`${endless}\n\n${delta('a')}${done}`);
    expect([tap.usage.basis, tap.complete]).toEqual(['reported', true]);
  });
});
