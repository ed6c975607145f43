/**
 * Gemini usage as a partition. Cached tokens are inside the prompt; thoughts and the prompts of tools come on top of
 * prompt and candidates. Kinds of token are subsets, and what no detail names is text.
 */
import type { Usage } from '#contracts/usage.js';
import { countOf, has, isReported, missingUsage, partsFrom, quarantined, type Reported, reported } from './count.js';

interface Kinds {
  text: number;
  audio: number;
  image: number;
  video: number;
}

/** Documents are read as text and pictures and sold at the price of text (Gemini API, document processing). */
const kindOf: Record<string, keyof Kinds> = { AUDIO: 'audio', IMAGE: 'image', VIDEO: 'video' };

/** Null where the details hold more than the total, or say all of it and another number. */
function kindsOf(details: unknown, total: number): Kinds | null {
  const kinds: Kinds = { text: 0, audio: 0, image: 0, video: 0 };
  let named = 0;
  for (const one of Array.isArray(details) ? details.filter(isReported) : []) {
    const tokens = countOf(one.tokenCount ?? one.tokens);
    kinds[kindOf[String(one.modality).toUpperCase()] ?? 'text'] += tokens;
    named += tokens;
  }
  if (!(named <= total)) return null;
  return { ...kinds, text: kinds.text + total - named };
}

interface Totals {
  prompt: number;
  cached: number;
  tools: number;
  candidates: number;
  thoughts: number;
  total: number | null;
  promptDetails: unknown;
  cachedDetails: unknown;
  toolDetails: unknown;
  candidateDetails: unknown;
}

function partsOf(totals: Totals, tools: Record<string, number>) {
  const { prompt, cached, candidates, thoughts } = totals;
  const sum = prompt + totals.tools + candidates + thoughts;
  // Until April 2025 thoughts were inside the candidates; the total says which.
  const inside = totals.total !== null && totals.total !== sum && totals.total === sum - thoughts;
  if (totals.total !== null && totals.total !== sum && !inside) return null;
  const [input, extra] = [kindsOf(totals.promptDetails, prompt), kindsOf(totals.toolDetails, totals.tools)];
  const [read, output] = [kindsOf(totals.cachedDetails, cached), kindsOf(totals.candidateDetails, candidates)];
  if (!input || !extra || !read || !output) return null;
  return partsFrom(
    {
      input_uncached: input.text + extra.text - read.text,
      audio_in: input.audio + extra.audio - read.audio,
      image_in: input.image + extra.image - read.image,
      video_in: input.video + extra.video - read.video,
      cache_read: read.text + read.video,
      cache_read_audio: read.audio,
      cache_read_image: read.image,
      output_text: output.text + output.video - (inside ? thoughts : 0),
      reasoning: thoughts,
      audio_out: output.audio,
      image_out: output.image,
      ...tools,
    },
    ['input_uncached', 'output_text'],
  );
}

/** Cached tokens without details are of the prompt's kinds, where it has one kind only; else they are taken as text. */
function cachedKinds(usage: Reported): unknown {
  if (Array.isArray(usage.cacheTokensDetails)) return usage.cacheTokensDetails;
  const prompt: Reported[] = Array.isArray(usage.promptTokensDetails)
    ? usage.promptTokensDetails.filter(isReported)
    : [];
  const whole = prompt.find((one) => countOf(one.tokenCount) === countOf(usage.promptTokenCount));
  return whole ? [{ modality: whole.modality, tokenCount: usage.cachedContentTokenCount }] : undefined;
}

/** Says whether a chunk's object counts anything; Vertex sends the traffic type alone until the last one. */
export const countsTokens = (raw: Reported): boolean => has(raw, 'totalTokenCount') || has(raw, 'promptTokenCount');

/** Takes `usageMetadata`, and how many searches grounded the answer where the caller knows (`groundingSearchesIn`). */
export function readGeminiUsage(raw: unknown, groundingSearches = 0): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  if (!countsTokens(raw)) return { ...missingUsage, raw };
  const totals: Totals = {
    prompt: countOf(raw.promptTokenCount),
    cached: countOf(raw.cachedContentTokenCount),
    tools: countOf(raw.toolUsePromptTokenCount),
    candidates: countOf(raw.candidatesTokenCount ?? raw.responseTokenCount),
    thoughts: countOf(raw.thoughtsTokenCount),
    total: has(raw, 'totalTokenCount') ? countOf(raw.totalTokenCount) : null,
    promptDetails: raw.promptTokensDetails,
    cachedDetails: cachedKinds(raw),
    toolDetails: raw.toolUsePromptTokensDetails,
    candidateDetails: raw.candidatesTokensDetails ?? raw.responseTokensDetails,
  };
  return reported(raw, partsOf(totals, { web_searches: groundingSearches }));
}

/** The interactions API spells the same counts `total_…_tokens`. */
export function readGeminiInteractionUsage(raw: unknown, groundingSearches = 0): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw) || !has(raw, 'total_tokens')) return quarantined(raw);
  const totals: Totals = {
    prompt: countOf(raw.total_input_tokens),
    cached: countOf(raw.total_cached_tokens),
    tools: countOf(raw.total_tool_use_tokens),
    candidates: countOf(raw.total_output_tokens),
    thoughts: countOf(raw.total_thought_tokens),
    total: countOf(raw.total_tokens),
    promptDetails: raw.input_tokens_by_modality,
    cachedDetails: raw.cached_tokens_by_modality,
    toolDetails: raw.tool_use_tokens_by_modality,
    candidateDetails: raw.output_tokens_by_modality,
  };
  return reported(raw, partsOf(totals, { web_searches: groundingSearches }));
}

/**
 * Grounded answers are sold by prompt up to Gemini 2.5 and by search query from Gemini 3 on (Gemini API, pricing).
 * Takes the answer's body, the last one of a stream.
 */
export function groundingSearchesIn(answer: unknown): number {
  if (!isReported(answer) || !Array.isArray(answer.candidates)) return 0;
  let queries = 0;
  for (const candidate of answer.candidates.filter(isReported)) {
    const grounding = candidate.groundingMetadata;
    if (isReported(grounding) && Array.isArray(grounding.webSearchQueries))
      queries += grounding.webSearchQueries.length;
  }
  const bySearch = /^gemini-(?:[3-9]|\d\d)/.test(String(answer.modelVersion));
  return bySearch ? queries : Math.min(1, queries);
}
