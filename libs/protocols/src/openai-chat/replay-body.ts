/**
 * A mirrored request, spelled for a candidate: the same messages, tools and sampling, answered at once and once.
 * Taken out is what would leave a trace, name a person, or mean something only where the call was served.
 */
import type { Tier } from '#contracts/price.js';
import { scanTopLevel } from '../json-top-level.js';
import { spliceJson, type JsonEdit } from '../splice-json.js';

/** Why each goes: */
const removed = [
  'stream', // a replay is graded whole
  'stream_options', // refused by venues without `stream`
  'n', // the first choice is graded; the others would be paid for
  'store', // keeps the exchange at the venue
  'metadata', // the caller's labels; OpenAI refuses them without `store`
  'user', // a person of the caller's, known to one venue only
  'safety_identifier', // the same
  'prompt_cache_key', // would warm or evict the caller's own cache
  'prompt_cache_retention', // the same
  'session_id', // groups calls at a router; a replay is no part of the session
  'provider', // chooses among venues; here one is chosen
  'models', // a router's fallbacks: a replay must be answered by its candidate or fail
  'route', // the same
  'usage', // a router's switch, refused elsewhere
  'service_tier', // set below
];
const wanted: ReadonlySet<string> = new Set([...removed, 'model', 'max_tokens', 'max_completion_tokens']);

/**
 * `requestBody` passed `readHead` once. A ceiling replaces the caller's in the spelling it used, and is added as
 * `max_completion_tokens` where it used none; null keeps what is there.
 */
export function replayBody(
  requestBody: Buffer,
  replay: { model: string; tier: Tier; maxOutputTokens: number | null },
): Buffer {
  const top = scanTopLevel(requestBody, wanted);
  if (!top) throw new Error('only a request that was accepted can be replayed');
  const edits: JsonEdit[] = [{ name: 'model', value: JSON.stringify(replay.model) }];
  for (const name of removed)
    if (name !== 'service_tier' || replay.tier === 'standard') edits.push({ name, remove: true });
  if (replay.tier !== 'standard') edits.push({ name: 'service_tier', value: JSON.stringify(replay.tier) });
  if (replay.maxOutputTokens !== null) {
    const spelled = ['max_tokens', 'max_completion_tokens'].filter((name) => top.members.has(name));
    for (const name of spelled.length > 0 ? spelled : ['max_completion_tokens'])
      edits.push({ name, value: String(replay.maxOutputTokens) });
  }
  return spliceJson(requestBody, top, edits);
}
