/**
 * What every protocol must hold, whatever its spelling; run by each protocol's spec with samples of its own.
 * A protocol that fails here would lose bytes, money or a refusal's meaning.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalKinds, type RefusalCode } from '#contracts/refusal.js';
import type { Protocol, TapOptions } from './protocol.js';

export interface ProtocolSamples {
  /** A plain request, not streamed, that needs no edit but the model's name. */
  request: Buffer;
  model: string;
  answer: Buffer;
  totalTokens: number;
  /** Absent: the format has no words to grade and is never replayed. */
  spoken?: SpokenSamples;
}

export interface SpokenSamples {
  /** The same request, streamed, not asking for usage. */
  streamedRequest: Buffer;
  /** A whole stream as a venue sends it when asked for usage. */
  stream: Buffer;
  /** What the client must get of it when only we asked for usage. */
  strippedStream: Buffer;
  text: string;
}

const passing: TapOptions = { strip: false, choices: 1 };

/** Cuts bytes at the given places, wherever they fall. */
export function cutInto(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((chunk) => chunk.length > 0);
}

/** Everything a tap relays of the chunks, its held rest included. */
export function relayedOf(protocol: Protocol, options: TapOptions, chunks: readonly Buffer[]) {
  const tap = protocol.tapStream(options);
  const out = chunks.map((chunk) => tap.push(chunk));
  return { tap, out, bytes: Buffer.concat([...out, tap.end()].filter((part) => part !== null)) };
}

const total = (parts: object) => Object.values(parts).reduce((sum: number, part) => sum + Number(part), 0);
const places = fc.array(fc.nat(100_000), { maxLength: 40 });

export function protocolConformance(protocol: Protocol, samples: ProtocolSamples): void {
  describe(`${protocol.name} reads requests`, () => {
    it('and refuses, without throwing, whatever is none', () => {
      const junk = fc.oneof(
        fc.uint8Array({ maxLength: 60 }).map(Buffer.from),
        fc.json().map((text) => Buffer.from(text)),
      );
      fc.assert(
        fc.property(junk, (body) => {
          const reading = protocol.readHead(body);
          expect(refusalKinds[reading.refusal!.code].status).toBe(400);
        }),
      );
    });

    it('and forwards the same Buffer when there is nothing to edit', () => {
      const { head } = protocol.readHead(samples.request);
      expect(
        protocol.editBody(samples.request, head!, { model: samples.model, tier: 'standard', askStreamUsage: true }),
      ).toBe(samples.request);
    });

    it('and bounds the input by no less than it expects', () => {
      const { head } = protocol.readHead(samples.request);
      expect(head!.inputTokensBound).toBeGreaterThanOrEqual(head!.inputTokensExpected);
    });
  });

  it(`${protocol.name} reads an answer`, () => {
    const answer = protocol.readAnswer(samples.answer);
    expect([answer.complete, answer.isError, answer.usage.basis, total(answer.usage.parts)]).toEqual([
      true,
      false,
      'reported',
      samples.totalTokens,
    ]);
    expect(protocol.readAnswer(Buffer.from('{"error":{"message":"no"}}'))).toMatchObject({
      complete: false,
      isError: true,
    });
  });

  it.each(Object.keys(refusalKinds) as RefusalCode[])(`${protocol.name} spells the refusal %s`, (code) => {
    const spelled = protocol.spellRefusal({ code, message: 'What is wrong.', param: 'model', retryAfterMs: 1_001 });
    expect(spelled.status).toBe(refusalKinds[code].status);
    expect(spelled.headers['x-should-retry']).toBe(String(refusalKinds[code].retryable));
    expect([spelled.headers['retry-after'], spelled.headers['retry-after-ms']]).toEqual(['2', '1001']);
    expect(spelled.headers['content-length']).toBe(String(spelled.body.length));
    expect(spelled.body.toString()).toContain(JSON.stringify(code));
    expect(JSON.parse(spelled.body.toString())).toBeTypeOf('object');
    if (!samples.spoken) return;
    const broken = relayedOf(protocol, passing, [protocol.spellStreamBreak({ code, message: 'It broke.' }, true)]).tap;
    expect([broken.isError, broken.complete]).toEqual([true, false]);
  });

  if (samples.spoken) speechConformance(protocol, samples, samples.spoken);
}

function speechConformance(
  protocol: Protocol,
  { request, answer, totalTokens }: ProtocolSamples,
  samples: SpokenSamples,
): void {
  it(`${protocol.name} can spell the replay of requests, which is a request that does not stream`, () => {
    for (const body of [request, samples.streamedRequest]) {
      const { head } = protocol.readHead(
        protocol.replayBody(body, { model: 'candidate', tier: 'standard', maxOutputTokens: 7 }),
      );
      expect(head).toMatchObject({
        model: 'candidate',
        stream: false,
        maxOutputTokens: 7,
        choices: 1,
        tier: 'standard',
      });
    }
  });

  describe(`${protocol.name} relays streams`, () => {
    it('chunk by chunk, the same objects, and reads them wherever they are cut', () => {
      fc.assert(
        fc.property(places, (cuts) => {
          const chunks = cutInto(samples.stream, cuts);
          const { tap, out } = relayedOf(protocol, passing, chunks);
          expect(out.every((part, i) => part === chunks[i])).toBe(true);
          expect([tap.complete, tap.isError, tap.usage.basis, total(tap.usage.parts)]).toEqual([
            true,
            false,
            'reported',
            totalTokens,
          ]);
        }),
      );
    });

    it('without what only we asked for, wherever they are cut', () => {
      fc.assert(
        fc.property(places, (cuts) => {
          const { tap, bytes } = relayedOf(protocol, { strip: true, choices: 1 }, cutInto(samples.stream, cuts));
          expect(bytes.toString()).toBe(samples.strippedStream.toString());
          expect(total(tap.usage.parts)).toBe(totalTokens);
        }),
      );
    });

    it('of any bytes at all, without throwing, losing or inventing one', () => {
      const line = fc.oneof(
        fc.constantFrom('data: {"usage":null', 'data: [DONE]', '', ':', 'event: error', '{"error":'),
        fc.string({ maxLength: 8 }),
      );
      const junk = fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
        fc
          .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 20 })
          .map((lines) => Buffer.from(lines.flat().join(''))),
      );
      fc.assert(
        fc.property(junk, places, fc.boolean(), (bytes, cuts, strip) => {
          expect(relayedOf(protocol, { strip, choices: 1 }, cutInto(bytes, cuts)).bytes.equals(bytes)).toBe(true);
        }),
        { numRuns: 500 },
      );
    });

    it('and calls none complete that was cut before its end', () => {
      const text = samples.stream.toString();
      for (let at = text.indexOf('\n\n'); at < text.length / 2; at = text.indexOf('\n\n', at + 2)) {
        const cut = samples.stream.subarray(0, at + 2);
        expect(relayedOf(protocol, passing, [cut]).tap.complete).toBe(false);
        expect(protocol.answerText(cut, true)).toBeNull();
      }
    });
  });

  it(`${protocol.name} reads the same of an answer and of a stream`, () => {
    expect(protocol.answerText(answer, false)).toBe(samples.text);
    expect(protocol.answerText(samples.stream, true)).toBe(samples.text);
  });
}
