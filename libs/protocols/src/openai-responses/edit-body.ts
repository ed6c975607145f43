/** The closed list of edits to a Responses request, and its spelling for a replay. Every other byte is the client's. */
import type { Tier } from '#contracts/price.js';
import { scanTopLevel } from '../json-top-level.js';
import { tierEdit } from '../openai-chat/edit-body.js';
import type { BodyEdits, CallHead } from '../protocol.js';
import { type JsonEdit, spliceJson } from '../splice-json.js';

export function editBody(body: Buffer, head: CallHead, edits: BodyEdits): Buffer {
  const list: JsonEdit[] = [];
  if (edits.model !== head.requestedModel) list.push({ name: 'model', value: JSON.stringify(edits.model) });
  if (head.fields.members.has('provider')) list.push({ name: 'provider', remove: true });
  const tier = tierEdit(body, head, edits.tier);
  if (tier) list.push(tier);
  if (edits.injectMaxOutputTokens !== undefined)
    list.push({ name: 'max_output_tokens', value: String(edits.injectMaxOutputTokens) });
  return spliceJson(body, head.fields, list);
}

/** Why each goes: */
const removed = [
  'stream', // a replay is graded whole
  'stream_options', // refused without `stream`
  'background', // a replay is waited for
  'metadata', // the caller's labels
  'user', // a person of the caller's, known to one venue only
  'safety_identifier', // the same
  'prompt_cache_key', // would warm or evict the caller's own cache
  'prompt_cache_retention', // the same
  'session_id', // groups calls at a router; a replay is no part of the session
  'provider', // chooses among venues; here one is chosen
  'models', // a router's fallbacks: a replay must be answered by its candidate or fail
  'service_tier', // set below
];
const wanted: ReadonlySet<string> = new Set([...removed, 'model', 'store', 'max_output_tokens']);

/** `requestBody` passed `readHead` once. A ceiling replaces the caller's; null keeps what is there. Nothing is kept of it. */
export function replayBody(
  requestBody: Buffer,
  replay: { model: string; tier: Tier; maxOutputTokens: number | null },
): Buffer {
  const top = scanTopLevel(requestBody, wanted);
  if (!top) throw new Error('only a request that was accepted can be replayed');
  const edits: JsonEdit[] = [
    { name: 'model', value: JSON.stringify(replay.model) },
    { name: 'store', value: 'false' },
  ];
  for (const name of removed)
    if (name !== 'service_tier' || replay.tier === 'standard') edits.push({ name, remove: true });
  if (replay.tier !== 'standard') edits.push({ name: 'service_tier', value: JSON.stringify(replay.tier) });
  if (replay.maxOutputTokens !== null) edits.push({ name: 'max_output_tokens', value: String(replay.maxOutputTokens) });
  return spliceJson(requestBody, top, edits);
}
