/** The public lists and the table of their known errors, where the machine has them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PriceFile, readPriceFile } from '../../apps/cli/src/prices/read-price-file.js';

export const asOf = '2026-08-15T00:00:00.000Z';

const lists = {
  litellm: 'litellm_model_prices_2026-08-01.json',
  'models.dev': 'models.dev_2026-07-02.json',
  'genai-prices': 'genai-prices_v2_data_2026-08-21.json',
} as const;

export type ListName = keyof typeof lists;

export interface Discrepancies {
  crossSource: { provider: string; model: string; component: string; usdPerMTok: Record<string, string> }[];
  litellmSanity: { model: string; field: string }[];
}

export interface Sources {
  lists: Record<ListName, PriceFile>;
  discrepancies: Discrepancies;
}

/** Null where the folder is not there. */
export async function readSources(folder: string): Promise<Sources | null> {
  if (!existsSync(join(folder, 'discrepancies.json'))) return null;
  const discrepancies = JSON.parse(await readFile(join(folder, 'discrepancies.json'), 'utf8')) as Discrepancies;
  const read = (name: ListName) =>
    readPriceFile(join(folder, lists[name]), { format: name, effectiveAt: asOf, renamed: {} });
  const found = {
    litellm: await read('litellm'),
    'models.dev': await read('models.dev'),
    'genai-prices': await read('genai-prices'),
  };
  return { lists: found, discrepancies };
}
