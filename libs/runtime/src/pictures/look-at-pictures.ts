/**
 * Looks at pictures: what form they have, whether anything is to be seen on them, and how alike two of them are. By
 * libvips and ssim.js; nothing is loaded before the first picture. What cannot be decoded, or is too large to, is no picture.
 */
import type { Sharp } from 'sharp';

export interface SeenPicture {
  /** `png`, `jpeg`, `webp`, … as the bytes say, not as the URL does. */
  format: string;
  width: number;
  height: number;
  /** Every pixel has the same colour, as where a filter blacked it out. */
  blank: boolean;
}

export interface Look {
  /** In the order of the URLs; null: no picture. */
  pictures: (SeenPicture | null)[];
  /** Of two pictures of one size: mean structural similarity (Wang et al. 2004), in [−1,1]. Null where there is none. */
  similarity: number | null;
}

/** A picture of 8,000 by 8,000. More is refused before it is decoded. */
const pixelsMax = 64_000_000;
/** Similarity is a matter of structure, which survives this; the time it takes grows with the pixels. */
const comparedSideMax = 512;

/** Of `data:` URLs. Never rejects for a picture's sake. */
export async function lookAtPictures(urls: readonly string[]): Promise<Look> {
  const pictures = await Promise.all(urls.map(seen));
  const [first, second] = pictures;
  if (urls.length !== 2 || !first || !second || first.width !== second.width || first.height !== second.height)
    return { pictures, similarity: null };
  const { ssim } = await import('ssim.js');
  const [left, right] = await Promise.all(urls.map(pixelsOf));
  return { pictures, similarity: ssim(left!, right!).mssim };
}

async function seen(url: string): Promise<SeenPicture | null> {
  try {
    const { format, width, height } = await (await opened(url)).metadata();
    const { channels } = await (await opened(url)).stats();
    return { format, width, height, blank: channels.every(({ min, max }) => min === max) };
  } catch {
    return null; // Whatever the bytes are, a picture they are not.
  }
}

async function pixelsOf(url: string) {
  const picture = (await opened(url)).resize(comparedSideMax, comparedSideMax, {
    fit: 'inside',
    withoutEnlargement: true,
  });
  const { data, info } = await picture.ensureAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

async function opened(url: string): Promise<Sharp> {
  const [, base64] = /^data:image\/[a-z+.-]+;base64,([A-Za-z0-9+/]+={0,2})$/u.exec(url) ?? [];
  if (base64 === undefined) throw new Error('no picture');
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(base64, 'base64'), { limitInputPixels: pixelsMax, failOn: 'error' });
}
