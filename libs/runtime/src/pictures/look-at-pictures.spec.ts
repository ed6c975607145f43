import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { lookAtPictures } from './look-at-pictures.js';

type Form = 'png' | 'jpeg' | 'webp';
const url = async (picture: Sharp, form: Form = 'png') =>
  `data:image/${form};base64,${(await picture.toFormat(form).toBuffer()).toString('base64')}`;
const plain = (width: number, height: number, background = '#000') =>
  sharp({ create: { width, height, channels: 3, background } });
/** A white disc on blue, with a red square in a corner that may move. */
const drawn = (x: number, side = 64) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="${side}" height="${side}"><rect width="64" height="64" fill="#14c"/>
       <circle cx="32" cy="32" r="20" fill="#fff"/><rect x="${x}" y="4" width="14" height="14" fill="#c11"/></svg>`,
    ),
  );

test('form is read from the bytes, whatever the URL says', async () => {
  const jpeg = (await url(drawn(4), 'jpeg')).replace('image/jpeg', 'image/png');
  const { pictures, similarity } = await lookAtPictures([jpeg]);
  expect(pictures).toEqual([{ format: 'jpeg', width: 64, height: 64, blank: false }]);
  expect(similarity).toBeNull();
});

test('a picture of one colour is blank', async () => {
  const { pictures } = await lookAtPictures([await url(plain(8, 4)), await url(plain(8, 4, '#fff'), 'webp')]);
  expect(pictures).toMatchObject([
    { width: 8, height: 4, blank: true },
    { format: 'webp', blank: true },
  ]);
});

test('the same picture is alike, a recompressed one nearly, a changed one less, another one little', async () => {
  const own = await url(drawn(4, 256));
  const likeness = async (other: string) => (await lookAtPictures([own, other])).similarity!;
  const same = await likeness(own);
  const pressed = await likeness(await url(drawn(4, 256), 'jpeg'));
  const moved = await likeness(await url(drawn(40, 256)));
  const other = await likeness(await url(plain(256, 256)));
  expect(same).toBeCloseTo(1, 12);
  expect(pressed).toBeGreaterThan(0.95);
  expect([same > pressed, pressed > moved, moved > other, other < 0.3]).toEqual([true, true, true, true]);
});

test('pictures of two sizes are not compared; very large ones are, and are not decoded beyond a limit', async () => {
  expect((await lookAtPictures([await url(drawn(4)), await url(drawn(4, 65))])).similarity).toBeNull();
  const large = await url(drawn(4, 2_048));
  expect((await lookAtPictures([large, large])).similarity).toBeCloseTo(1, 12);
  expect((await lookAtPictures([await url(plain(8_100, 8_000))])).pictures).toEqual([null]);
});

test.each([
  '',
  'a red square',
  'https://pictures.example/1.png',
  'data:image/png;base64,',
  'data:image/png;base64,AAAA',
  'data:text/plain;base64,AAAA',
])('%j is no picture', async (text) =>
  expect(await lookAtPictures([text])).toEqual({ pictures: [null], similarity: null }),
);

test('a picture that breaks off is none', async () => {
  const whole = await url(drawn(4, 256));
  expect((await lookAtPictures([whole.slice(0, 40 + Math.floor(whole.length / 8) * 4)])).pictures).toEqual([null]);
});
