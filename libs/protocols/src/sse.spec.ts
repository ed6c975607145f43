import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSseEvent, SseBoundaries } from './sse.js';

interface Seen {
  data: string;
  event?: string;
  id?: string;
}

/** A whole event source on top of the two functions under test, as the standard describes one. */
function dispatched(chunks: Buffer[]): { events: Seen[]; pieces: Buffer[] } {
  const boundaries = new SseBoundaries();
  const events: Seen[] = [];
  const pieces: Buffer[] = [];
  let held: Buffer = Buffer.alloc(0);
  let lastId = '';
  for (const chunk of chunks) {
    let from = 0;
    for (let end = boundaries.next(chunk, 0); end >= 0; end = boundaries.next(chunk, from)) {
      const bytes = Buffer.concat([held, chunk.subarray(from, end)]);
      held = Buffer.alloc(0);
      from = end;
      const read = readSseEvent(bytes, pieces.length === 0);
      pieces.push(bytes);
      lastId = read.id ?? lastId;
      if (read.data !== null) events.push({ data: read.data, event: read.event ?? 'message', id: lastId });
    }
    held = Buffer.concat([held, chunk.subarray(from)]);
  }
  pieces.push(held);
  return { events, pieces };
}

function matches(seen: Seen[], expected: Seen[]): boolean {
  return (
    seen.length === expected.length &&
    expected.every(
      (want, i) =>
        seen[i]!.data === want.data &&
        seen[i]!.event === (want.event ?? 'message') &&
        (want.id === undefined || seen[i]!.id === want.id),
    )
  );
}

const data = join(import.meta.dirname, '../../../../shared/data/conformance');
const contract = join(data, 'sse-contract/cases.json');
const platform = join(data, 'wpt-eventsource/cases.json');
const there = existsSync(contract) && existsSync(platform);
if (!there) console.warn(`SKIPPED: the event stream vectors are not at ${data}`);

interface Case {
  name: string;
  chunks_hex?: string[];
  stream_hex?: string;
  events: Seen[];
}

const cases = (path: string): Case[] =>
  there ? (JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }).cases : [];
const chunksOf = (item: Case) => (item.chunks_hex ?? [item.stream_hex!]).map((hex) => Buffer.from(hex, 'hex'));

describe.skipIf(!there)('published event stream vectors', () => {
  const all = [...cases(contract), ...cases(platform)];
  it('are 106', () => expect(all.length).toBe(106));

  it.each(all.map((item) => [item.name, item] as const))('%s', (_, item) => {
    const chunks = chunksOf(item);
    const whole = dispatched(chunks);
    expect(matches(whole.events, item.events), JSON.stringify(whole.events)).toBe(true);
    const single = [...Buffer.concat(chunks)].map((byte) => Buffer.from([byte]));
    expect(dispatched(single).events).toEqual(whole.events);
  });
});

describe('SseBoundaries', () => {
  const line = fc.oneof(
    fc.constantFrom('', 'data: x', 'data:y', ':c', 'event: e', 'id: 1', 'data', 'é: ü'),
    fc.stringMatching(/^[^\r\n]{0,9}$/),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 })
    .map((lines) => lines.flat().join(''));

  it('sees the same events wherever the bytes are cut, and loses none of the bytes', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { maxLength: 12 }), (text, cuts) => {
        const bytes = Buffer.from(text);
        const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i]!, end));
        const cut = dispatched(chunks);
        expect(cut.events).toEqual(dispatched([bytes]).events);
        expect(Buffer.concat(cut.pieces).equals(bytes)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
