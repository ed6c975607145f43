/** Reads a price file of any format that is known here. Refused is refused whole, with its lines, before anyone is asked. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PriceFormat, PriceImportPost } from '#contracts/api/price-intake-api.js';
import type { CatalogModel, CatalogVenue } from '#contracts/catalog.js';
import type { IntakeTerms } from '#domain/price-intake/collect-claims.js';
import { type FileProblem, type Located, PriceFileRefused } from '#domain/price-intake/located.js';
import { readGenaiPrices } from '#domain/price-intake/read-genai-prices.js';
import { readLitellm } from '#domain/price-intake/read-litellm.js';
import { readModelsDev } from '#domain/price-intake/read-models-dev.js';
import { type OwnPrices, readOwnPrices } from '#domain/price-intake/read-own-prices.js';
import { seedSource } from '#domain/price-intake/seed-digest.js';
import { locateText } from './locate-file.js';

export interface ReadOptions {
  format?: PriceFormat;
  source?: string;
  /** When undated prices shall take effect: ISO 8601, UTC. */
  effectiveAt: string;
  renamed: Record<string, string>;
}

export interface PriceFile {
  post: Omit<PriceImportPost, 'everything'>;
  notRead: Record<string, number>;
  models: CatalogModel[];
  venues: CatalogVenue[];
}

/** A refusal with the name of the file in front of every line, as compilers do. */
export class PriceFileUnread extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly FileProblem[],
  ) {
    const lines = problems.map(({ line, path, message }) => `${file}:${line}: ${path ? `${path}: ` : ''}${message}`);
    super([...lines, 'The file is refused. Nothing was changed.'].join('\n'));
  }
}

const readers: Record<
  PriceFormat,
  (file: Located, terms: IntakeTerms) => Pick<OwnPrices, 'claims' | 'findings' | 'notRead'> & Partial<OwnPrices>
> = {
  o10: readOwnPrices,
  litellm: readLitellm,
  'models.dev': readModelsDev,
  'genai-prices': readGenaiPrices,
};

/** Throws `PriceFileUnread`, or the file system's error. */
export async function readPriceFile(path: string, options: ReadOptions): Promise<PriceFile> {
  const bytes = await readFile(path);
  return readPriceText(basename(path), bytes, options);
}

export function readPriceText(file: string, bytes: Buffer, options: ReadOptions): PriceFile {
  const fileSha256 = createHash('sha256').update(bytes).digest('hex');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const located = locateText(text, file.endsWith('.json'));
    const format = options.format ?? formatOf(located);
    const terms = { ...options, sourcePage: file, sourceHash: fileSha256 };
    const { claims, findings, notRead, models = [], venues = [] } = readers[format](located, terms);
    const source = options.source ?? (format === 'o10' ? `file-${venues[0]?.venue ?? 'prices'}`.slice(0, 64) : format);
    return {
      post: { source, format, file: file.slice(0, 300), fileSha256, claims, findings },
      notRead,
      models,
      venues,
    };
  } catch (error) {
    if (error instanceof PriceFileRefused) throw new PriceFileUnread(file, error.problems);
    if (error instanceof TypeError && error.message.includes('encoded'))
      throw new PriceFileUnread(file, [{ line: 1, path: '', message: 'is not UTF-8 text' }]);
    throw error;
  }
}

/** By what stands at the top. A file that could be any is none. */
function formatOf(file: Located): PriceFormat {
  if (file.kind === 'list') return 'genai-prices';
  const has = (field: string) => file.kind === 'map' && file.entries.has(field);
  if (has('o10')) return 'o10';
  if (has('providers') || (has('openai') && has('anthropic'))) return 'models.dev';
  const values = file.kind === 'map' ? [...file.entries.values()].slice(0, 5) : [];
  if (values.some(({ value }) => value.kind === 'map' && value.entries.has('litellm_provider'))) return 'litellm';
  throw new PriceFileRefused([
    { line: file.line, path: '', message: 'is no price list known here; name its --format' },
  ]);
}

/** The shipped book: all files of the folder as one import. */
export async function readSeed(folder: string, effectiveAt: string): Promise<PriceFile> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const options: ReadOptions = { format: 'o10', source: seedSource, effectiveAt, renamed: {} };
  const files: PriceFile[] = [];
  for (const name of names) files.push(await readPriceFile(join(folder, name), options));
  const digest = createHash('sha256')
    .update(files.map(({ post }) => post.fileSha256).join('\n'))
    .digest('hex');
  return {
    post: {
      ...{ source: seedSource, format: 'o10', file: 'prisma/seed/prices', fileSha256: digest },
      claims: files.flatMap(({ post }) => post.claims),
      findings: files.flatMap(({ post }) => post.findings),
    },
    notRead: {},
    models: files.flatMap(({ models }) => models),
    venues: files.flatMap(({ venues }) => venues),
  };
}
