/**
 * LiteLLM's `model_prices_and_context_window.json`: one object per model, USD per token, second, image, page. The name of
 * a field says meter, context band and tier: `cache_read_input_token_cost_above_272k_tokens_flex`. The list has no dates.
 */
import type { Tier } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import { ClaimCollector, type IntakeTerms } from './collect-claims.js';
import { FileProblems, type Located, type LocatedMap, mapOf, textOf } from './located.js';
import { findingOf, type ReadPrices } from './price-claim.js';
import { venueNameOf } from './venue-names.js';

/** The price page of LiteLLM itself, where a model names none. */
export const litellmPage = 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json';

const meterOf: Readonly<Record<string, Meter>> = {
  input_cost_per_token: 'input_uncached',
  output_cost_per_token: 'output_text',
  cache_read_input_token_cost: 'cache_read',
  cache_creation_input_token_cost: 'cache_write_5m',
  cache_creation_input_token_cost_above_1hr: 'cache_write_1h',
  output_cost_per_reasoning_token: 'reasoning',
  input_cost_per_audio_token: 'audio_in',
  output_cost_per_audio_token: 'audio_out',
  cache_read_input_audio_token_cost: 'cache_read_audio',
  input_cost_per_image_token: 'image_in',
  output_cost_per_image_token: 'image_out',
  output_cost_per_image: 'images',
  input_cost_per_request: 'requests',
  input_cost_per_character: 'characters',
  ocr_cost_per_page: 'pages',
  annotation_cost_per_page: 'annotation_pages',
  citation_cost_per_token: 'citation',
};

const tierOf: Readonly<Record<string, Tier>> = { flex: 'flex', priority: 'priority', batches: 'batch' };
const fieldSpelling = /^(.*?)(?:_above_(\d{1,5})k_tokens)?(?:_(flex|priority|batches))?$/;

interface Model {
  name: string;
  venue: string;
  map: LocatedMap;
  source: string | undefined;
}

/** Throws `PriceFileRefused`. */
export function readLitellm(file: Located, terms: IntakeTerms): ReadPrices {
  const problems = new FileProblems();
  const collector = new ClaimCollector({ ...terms, sourcePage: litellmPage }, problems);
  for (const [key, { value }] of mapOf(file, '', problems)?.entries ?? []) {
    if (key === 'sample_spec') continue;
    const map = mapOf(value, key, problems);
    const model = map && modelOf(key, map, terms, problems);
    if (model) readModel(key, model, collector);
  }
  problems.refuseIfAny();
  return collector;
}

/** The venue is said in a field; the same word in front of the name only tells models of two venues apart. */
function modelOf(key: string, map: LocatedMap, terms: IntakeTerms, problems: FileProblems): Model | null {
  const said = textOf(map, 'litellm_provider') ?? key.split('/')[0]!;
  const venue = venueNameOf(said, terms.renamed);
  const name = key.startsWith(`${said}/`) ? key.slice(said.length + 1) : withoutVenue(key, said);
  if (!venue) problems.add(map, key, `"${said}" is no name of a venue`);
  const source = textOf(map, 'source');
  return venue
    ? { name, venue, map, source: source && /^https?:\/\//.test(source) ? source.slice(0, 500) : undefined }
    : null;
}

/** `vertex_ai/claude-…` of `vertex_ai-anthropic_models`, `bedrock/…` of `bedrock_converse`. */
function withoutVenue(key: string, said: string): string {
  const [first, ...rest] = key.split('/');
  return rest.length > 0 && first && said.startsWith(first) ? rest.join('/') : key;
}

function readModel(key: string, { name, venue, map, source }: Model, collector: ClaimCollector): void {
  const twice = map.entries.has('input_cost_per_second') && map.entries.has('output_cost_per_second');
  for (const [field, { value }] of map.entries) {
    if (!/cost|pricing/.test(field) || value.kind === 'null') continue;
    const [, stem = '', thousands, tierWord] = fieldSpelling.exec(field) ?? [];
    const meter = meterOf[stem] ?? secondsOf(stem, textOf(map, 'mode'), key);
    const inputTokensAbove = thousands === undefined ? undefined : Number(thousands) * 1_000;
    const facts = {
      venue,
      model: name,
      tier: tierOf[tierWord ?? ''] ?? ('standard' as const),
      ...(source && { source }),
    };
    const path = `${key}.${field}`;
    if (twice && field === 'output_cost_per_second') {
      const about = { row: { ...facts, meter: 'seconds' as const }, line: value.line, field: path };
      const words = 'input and output both have a price per second of one clock: adding them charges it twice';
      collector.findings.push(findingOf(about, 'charged_twice', 'refuses', words));
    } else if (meter && !(twice && meter === 'seconds')) {
      if (isUnusedOutput(meter, value, map)) continue;
      collector.take({
        value,
        field: path,
        units: 1n,
        facts: { ...facts, meter, ...(inputTokensAbove && { inputTokensAbove }) },
      });
    } else if (value.kind === 'number') weighUnread(field, path, value, facts, collector);
  }
}

/** Models without text output (embeddings, rerankers, images) write 0 for it, which means "none", not "free". */
function isUnusedOutput(meter: Meter, value: Located, map: LocatedMap): boolean {
  const mode = textOf(map, 'mode') ?? 'chat';
  const none = value.kind === 'number' && Number(value.text) === 0;
  return none && meter !== 'input_uncached' && !['chat', 'completion', 'responses'].includes(mode);
}

/** A second of sound in, or of film out. Committed capacity is paid by another clock than the call's. */
function secondsOf(stem: string, mode: string | undefined, key: string): Meter | null {
  if (key.includes('-commitment/') || mode === 'chat' || mode === 'completion' || mode === 'embedding') return null;
  return stem === 'input_cost_per_second' || stem === 'output_cost_per_second' ? 'seconds' : null;
}

/** Not imported, but a figure that went through a float says how the figures beside it were made. */
function weighUnread(
  field: string,
  path: string,
  value: Located,
  facts: { venue: string; model: string; tier: Tier },
  collector: ClaimCollector,
): void {
  collector.skip(field);
  if (
    value.kind !== 'number' ||
    value.text
      .replace(/[eE].*$/, '')
      .replace(/^[-0.]+|\./g, '')
      .replace(/0+$/, '').length <= 12
  )
    return;
  const about = { row: { ...facts, meter: 'input_uncached' as const }, line: value.line, field: path };
  collector.findings.push(
    findingOf(about, 'float_artefact', 'waits', `${value.text} is a float, not a price; it is not imported`),
  );
}
