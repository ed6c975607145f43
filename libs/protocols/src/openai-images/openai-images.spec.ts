import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutInto, protocolConformance, relayedOf } from '../protocol.conformance.js';
import { openAiImageEdits, openAiImages } from './openai-images.js';

const usage =
  '{"total_tokens":1070,"input_tokens":14,"output_tokens":1056,"input_tokens_details":{"text_tokens":14,"image_tokens":0}}';
const answer = Buffer.from(`{"created":1,"data":[{"b64_json":"AAAA"}],"usage":${usage}}`);
const boundary = '----formdata-undici-012345678901';
const part = (name: string, value: string, more = '') =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const file = part('image[]', '\x89PNG\r\n--not-it\r\n\0', '; filename="a.png"\r\nContent-Type: image/png');
const formOf = (...parts: string[]) => Buffer.from(`${parts.join('')}--${boundary}--\r\n`, 'latin1');
const form = formOf(part('model', 'm'), file, part('prompt', 'a cat'), part('n', '2'), part('unknown', '{ }'));

protocolConformance(openAiImages, {
  model: 'm',
  request: Buffer.from('{ "model":"m", "prompt" : "h\\u00e9","size":"1024x1024" }\n'),
  answer,
  totalTokens: 1_070,
});
protocolConformance(openAiImageEdits, { model: 'm', request: form, answer, totalTokens: 1_070 });

const headOf = (body: object) =>
  openAiImages.readHead(Buffer.from(JSON.stringify({ model: 'm', prompt: 'a cat', ...body })));

describe('what is asked for', () => {
  it.each<[object, object]>([
    [{}, { pictures: { count: 1, partials: 0 }, needs: ['images'], stream: false, lastUserText: 'a cat' }],
    [{ n: 3 }, { pictures: { count: 3, partials: 0 }, contexts: 3 }],
    [
      { stream: true, partial_images: 2 },
      { pictures: { count: 1, partials: 2 }, needs: ['stream', 'images'] },
    ],
  ])('%j', (body, expected) => expect(headOf(body).head).toMatchObject(expected));

  it.each([{ n: 0 }, { n: 65 }, { partial_images: 4 }, { stream: 'yes' }, { prompt: 7 }])('not %j', (body) =>
    expect(headOf(body).refusal?.code).toBe('invalid_request'),
  );
});

describe('a form', () => {
  const edits = { model: 'n', tier: 'standard' as const, askStreamUsage: false };

  it('is read for its few fields, and its files are counted', () => {
    expect(openAiImageEdits.readHead(form).head).toMatchObject({
      model: 'm',
      needs: ['vision', 'images'],
      pictures: { count: 2, partials: 0 },
      lastUserText: 'a cat',
    });
  });

  it('gets another model and keeps every other byte', () => {
    const { head } = openAiImageEdits.readHead(form);
    const edited = openAiImageEdits.editBody(form, head!, edits);
    expect(edited.toString('latin1')).toBe(form.toString('latin1').replace('\r\n\r\nm\r\n', '\r\n\r\nn\r\n'));
    expect(openAiImageEdits.contentTypeOf?.(edited)).toBe(`multipart/form-data; boundary="${boundary}"`);
  });

  it('may be JSON', () => {
    const body = Buffer.from('{"model":"m","prompt":"x","images":[{"image_url":"data:"}]}');
    const { head } = openAiImageEdits.readHead(body);
    expect(head).toMatchObject({ needs: ['vision', 'images'] });
    expect(openAiImageEdits.contentTypeOf?.(body)).toBe('application/json');
    expect(JSON.parse(openAiImageEdits.editBody(body, head!, edits).toString())).toMatchObject({ model: 'n' });
  });

  it.each<[string, Buffer, string]>([
    ['a field twice', formOf(part('model', 'm'), part('n', '1'), part('n', '10')), 'duplicate_field'],
    ['a number that is none', formOf(part('model', 'm'), part('n', '1e3')), 'invalid_request'],
    ['no model', formOf(part('prompt', 'x')), 'invalid_request'],
    ['cut short', form.subarray(0, form.length - 5), 'invalid_request'],
  ])('is refused: %s', (_name, body, code) => expect(openAiImageEdits.readHead(body).refusal?.code).toBe(code));
});

describe('a stream', () => {
  const picture = 'A'.repeat(2_000_000);
  const event = (type: string, rest: string) => `event: ${type}\ndata: {"type":"${type}"${rest}}\n\n`;
  const stream = Buffer.from(
    event('image_generation.partial_image', `,"b64_json":"${picture}","partial_image_index":0`) +
      event('image_generation.completed', `,"b64_json":"${picture}","usage":${usage}`),
  );

  it('passes unchanged wherever it is cut, and the usage beside a large picture is read', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        const chunks = cutInto(stream, cuts);
        const { tap, out } = relayedOf(openAiImages, { strip: true, choices: 1 }, chunks);
        expect(out.every((one, i) => one === chunks[i])).toBe(true);
        expect([tap.complete, tap.usage.parts]).toEqual([true, { input_uncached: 14, image_out: 1_056 }]);
      }),
      { numRuns: 5 },
    );
  });

  it('of several pictures is not guessed at', () => {
    const twice = Buffer.concat([stream, stream]);
    expect(relayedOf(openAiImages, { strip: false, choices: 1 }, [twice]).tap.usage.basis).toBe('quarantined');
  });

  it('that fails is none', () => {
    const failed = Buffer.from(event('error', ',"error":{"message":"no"}'));
    const { tap } = relayedOf(openAiImages, { strip: false, choices: 1 }, [failed]);
    expect([tap.isError, tap.complete]).toEqual([true, false]);
  });
});
