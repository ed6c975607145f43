/**
 * Mistral: chat, transcription (`prompt_audio_seconds` beside tokens), and documents, which are billed by the page,
 * with annotations as a second price on the same pages (mistral.ai, pricing).
 */
import type { Usage } from '#contracts/usage.js';
import { countOf, has, isReported, partsFrom, reported } from './count.js';
import { readChatUsage } from './read-chat-usage.js';

/** Takes `usage` of an answer, or `usage_info` of a processed document. */
export function readMistralUsage(raw: unknown): Usage {
  if (!isReported(raw) || !has(raw, 'pages_processed')) return readChatUsage(raw);
  const pages = countOf(raw.pages_processed);
  const annotated = raw.annotation === true ? pages : countOf(raw.pages_processed_annotation);
  return reported(raw, partsFrom({ pages, annotation_pages: annotated }, ['pages']));
}
