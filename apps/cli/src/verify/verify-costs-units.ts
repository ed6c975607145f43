/**
 * What the lines of a bill call their units, as meters. A bill that lists "input" alone means all input at one price; one
 * that lists "input_text" means text, and every other kind of token needs a line of its own.
 */
import type { Tier } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';

export interface BilledUnit {
  /** The one it names. Empty: a statement of the venue, which is no price. */
  meters: readonly Meter[];
  /** Meters the price also holds for where no line of the bill names them. */
  unlessNamed: readonly Meter[];
  /** Named in the unit ("input_flex"); null where it is not. */
  tier: Tier | null;
  /** How many of the meter one unit is: a minute is 60 seconds. */
  times: number;
}

type Known = readonly [meter: Meter, unlessNamed?: readonly Meter[], times?: number];

const input: Known = [
  'input_uncached',
  [
    'audio_in',
    'image_in',
    'video_in',
    'cache_read',
    'cache_read_audio',
    'cache_read_image',
    'cache_write_5m',
    'cache_write_1h',
  ],
];
const output: Known = ['output_text', ['reasoning', 'audio_out', 'image_out']];
const read: Known = ['cache_read', ['cache_read_audio', 'cache_read_image']];
const write: Known = ['cache_write_5m', ['cache_write_1h']];
const known: Record<string, Known> = {
  input,
  prompt: input,
  input_uncached: input,
  input_text: ['input_uncached'],
  text_input: ['input_uncached'],
  output,
  completion: output,
  output_text: ['output_text', ['reasoning']],
  text_output: ['output_text', ['reasoning']],
  reasoning: ['reasoning'],
  output_reasoning: ['reasoning'],
  thinking: ['reasoning'],
  thoughts: ['reasoning'],
  cache_read: read,
  cached: read,
  cached_input: read,
  input_cached: read,
  cache_hit: read,
  input_cache_read: read,
  cache_read_text: ['cache_read'],
  cache_read_audio: ['cache_read_audio'],
  cached_audio: ['cache_read_audio'],
  cache_audio_read: ['cache_read_audio'],
  input_audio_cached: ['cache_read_audio'],
  cache_read_image: ['cache_read_image'],
  cached_image: ['cache_read_image'],
  cache_image_read: ['cache_read_image'],
  input_image_cached: ['cache_read_image'],
  cache_write: write,
  cache_creation: write,
  input_cache_write: write,
  cache_write_5m: ['cache_write_5m'],
  cache_write_1h: ['cache_write_1h'],
  input_audio: ['audio_in'],
  audio_input: ['audio_in'],
  audio_in: ['audio_in'],
  output_audio: ['audio_out'],
  audio_output: ['audio_out'],
  audio_out: ['audio_out'],
  input_image: ['image_in'],
  image_input: ['image_in'],
  image_in: ['image_in'],
  output_image: ['image_out'],
  image_output: ['image_out'],
  image_out: ['image_out'],
  input_video: ['video_in'],
  video_in: ['video_in'],
  image: ['images'],
  output_images: ['images'],
  first_mp: ['megapixels_first'],
  megapixels_first: ['megapixels_first'],
  extra_mp: ['megapixels_further'],
  further_mp: ['megapixels_further'],
  megapixels_further: ['megapixels_further'],
  input_mp: ['megapixels_in'],
  megapixels_in: ['megapixels_in'],
  frame: ['video_frames'],
  video_frame: ['video_frames'],
  video_second: ['video_seconds'],
  output_video_second: ['video_seconds'],
  second: ['seconds'],
  audio_second: ['seconds'],
  input_audio_second: ['seconds'],
  minute: ['seconds', [], 60],
  audio_minute: ['seconds', [], 60],
  input_audio_minute: ['seconds', [], 60],
  audio_hour: ['seconds', [], 3600],
  step: ['steps'],
  character: ['characters'],
  input_character: ['characters'],
  page: ['pages'],
  annotation_page: ['annotation_pages'],
  search_unit: ['search_units'],
  request: ['requests'],
  request_fee: ['requests'],
  request_low: ['requests_low'],
  request_medium: ['requests_medium'],
  request_high: ['requests_high'],
  request_fee_low: ['requests_low'],
  request_fee_medium: ['requests_medium'],
  request_fee_high: ['requests_high'],
  citation: ['citation'],
  search: ['web_searches'],
  search_query: ['web_searches'],
  num_search_query: ['web_searches'],
  search_request: ['web_searches'],
  web_search: ['web_searches'],
  web_search_call: ['web_searches'],
  web_search_query: ['web_searches'],
  web_search_request: ['web_searches'],
  web_search_tool: ['web_searches'],
  web_search_preview: ['web_searches'],
  grounding: ['web_searches'],
  grounding_query: ['web_searches'],
  grounding_search: ['web_searches'],
  grounding_prompt: ['web_searches'],
  grounding_request: ['web_searches'],
  google_search: ['web_searches'],
  web_fetch: ['web_fetches'],
  web_fetch_request: ['web_fetches'],
  maps_query: ['maps_queries'],
  file_search: ['file_searches'],
  file_search_call: ['file_searches'],
  code_execution: ['code_executions'],
  code_execution_session: ['code_executions'],
  code_interpreter: ['code_executions'],
  code_interpreter_session: ['code_executions'],
  code_interpreter_call: ['code_executions'],
  container: ['code_executions'],
  container_session: ['code_executions'],
  code_execution_second: ['code_execution_seconds'],
  code_execution_hour: ['code_execution_seconds', [], 3600],
  cache_hour: ['cache_token_hours'],
  cache_storage: ['cache_token_hours'],
  cache_storage_hour: ['cache_token_hours'],
};

/** Lines that restate what the venue itself charged. */
const statements =
  /^(router_fee|upstream|credit|tick|(provider|venue|reported|stated)(_reported)?_(cost|charge)|reported|cost|charge)$/;

const tierWords: Record<string, Tier> = { flex: 'flex', priority: 'priority', batch: 'batch', standard: 'standard' };

const singular = (word: string) =>
  word
    .replace(/ies$/, 'y')
    .replace(/(?<=ch)es$/, '')
    .replace(/(?<!s)s$/, '');

/** Null for a unit nobody here has a meter for. */
export function billedUnit(unit: string): BilledUnit | null {
  const words = unit
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_')
    .filter((word) => !/^(\d{6,}|tokens?|ceiling|max|long|regional)$/.test(word));
  const tier = words.map((word) => tierWords[word]).find((one) => one !== undefined) ?? null;
  const bare = words
    .filter((word) => tierWords[word] === undefined)
    .join('_')
    .replace(/_above_\d+k$/, '');
  const found = known[bare] ?? known[singular(bare)];
  if (!found) return statements.test(singular(bare)) ? { meters: [], unlessNamed: [], tier, times: 1 } : null;
  const [meter, unlessNamed = [], times = 1] = found;
  return { meters: [meter], unlessNamed, tier, times };
}
