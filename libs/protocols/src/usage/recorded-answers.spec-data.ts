/** The answers that were recorded of real venues, and what each says was used; nothing where they are not here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isReported, type Reported } from './count.js';
import { mergeAnthropicUsage } from './read-anthropic-usage.js';
import { countsTokens } from './read-gemini-usage.js';
import type { UsageFormat } from './usage-readers.js';

export const folder = join(import.meta.dirname, '../../../../../shared/data/conformance');
export const files = ['vercel-ai', 'anthropic-sdk'].flatMap((name) => {
  const root = join(folder, name);
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
});
if (files.length === 0) console.warn(`SKIPPED: no recorded answers at ${folder}`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One document, or the events of a stream. */
function documentsIn(path: string): unknown[] {
  const text = readFileSync(path, 'utf8');
  const whole = parsed(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').map((line) => parsed(line.replace(/^data:\s*/, '')));
  return lines.filter((line) => line !== undefined);
}

/** Every usage object of a document. */
export function* usagesIn(value: unknown): Generator<Reported> {
  if (Array.isArray(value)) for (const one of value) yield* usagesIn(one);
  if (!isReported(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const carries = name === 'usage' || name === 'usageMetadata' || (name === 'meta' && isReported(inner));
    if (carries && isReported(inner) && (name !== 'meta' || inner.billed_units)) yield inner;
    else yield* usagesIn(inner);
  }
}

/** Where its folder decides, the folder; else the words it speaks in. */
function formatOf(path: string, usage: Reported): UsageFormat {
  if (/anthropic-sdk|vercel-ai\/anthropic\//.test(path)) return 'anthropic-messages';
  if (path.includes('amazon-bedrock')) return 'bedrock-converse';
  if (path.includes('cohere')) return 'cohere';
  if (usage.promptTokenCount !== undefined || usage.trafficType !== undefined) return 'gemini';
  if (usage.total_input_tokens !== undefined) return 'gemini-interactions';
  if (usage.type === 'duration') return 'openai-audio';
  if (usage.input_tokens !== undefined) return 'openai-responses';
  if (usage.completion_tokens === undefined) return 'openai-embeddings';
  const venue = (['xai', 'deepseek', 'mistral', 'perplexity'] as const).find((name) => path.includes(`/${name}`));
  return venue ?? 'openai-chat';
}

/** What a call came to: a stream's objects folded as its format folds them, each document's own otherwise. */
export function callsIn(path: string): { format: UsageFormat; usage: Reported }[] {
  const documents = documentsIn(path);
  const usages = documents.flatMap((one) => [...usagesIn(one)]);
  if (usages.length === 0) return [];
  const format = formatOf(path, usages[0]!);
  if (documents.length === 1) return usages.map((usage) => ({ format, usage }));
  if (path.includes('live-speech')) return usages.map((usage) => ({ format, usage }));
  if (format === 'anthropic-messages') {
    let merged: unknown;
    for (const event of documents.filter(isReported)) {
      if (event.type === 'message_start' && isReported(event.message)) merged = event.message.usage;
      if (event.type === 'message_delta') merged = mergeAnthropicUsage(merged, event.usage);
    }
    return [{ format, usage: merged as Reported }];
  }
  const counted = format === 'gemini' ? usages.filter(countsTokens) : usages;
  return [{ format, usage: counted.at(-1)! }];
}
