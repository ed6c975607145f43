/** The closed list of edits to a Messages request, and its spelling for a replay. Every other byte is the client's. */
import type { Tier } from '#contracts/price.js';
import { scanTopLevel } from '../json-top-level.js';
import type { BodyEdits, CallHead } from '../protocol.js';
import { type JsonEdit, spliceJson } from '../splice-json.js';

/** Messages has no tier a caller can name but `auto`, which may be priority, and `standard_only`. */
function tierEdits(tier: Tier): JsonEdit[] {
  if (tier === 'standard') return [];
  if (tier === 'priority') return [{ name: 'service_tier', value: '"auto"' }];
  throw new Error(`the ${tier} tier cannot be asked for in a Messages request`);
}

export function editBody(body: Buffer, head: CallHead, edits: BodyEdits): Buffer {
  const list: JsonEdit[] = tierEdits(edits.tier);
  if (edits.model !== head.requestedModel) list.push({ name: 'model', value: JSON.stringify(edits.model) });
  if (head.fields.members.has('provider')) list.push({ name: 'provider', remove: true });
  if (edits.injectMaxOutputTokens !== undefined)
    list.push({ name: 'max_tokens', value: String(edits.injectMaxOutputTokens) });
  return spliceJson(body, head.fields, list);
}

/** Why each goes: */
const removed = [
  'stream', // a replay is graded whole
  'metadata', // a person of the caller's, known to one venue only
  'provider', // chooses among venues; here one is chosen
  'service_tier', // set below
];
const wanted: ReadonlySet<string> = new Set([...removed, 'model', 'max_tokens']);

/** `requestBody` passed `readHead` once. A ceiling replaces the caller's; null keeps what is there. */
export function replayBody(
  requestBody: Buffer,
  replay: { model: string; tier: Tier; maxOutputTokens: number | null },
): Buffer {
  const top = scanTopLevel(requestBody, wanted);
  if (!top) throw new Error('only a request that was accepted can be replayed');
  const tier = tierEdits(replay.tier);
  const edits: JsonEdit[] = [{ name: 'model', value: JSON.stringify(replay.model) }, ...tier];
  for (const name of removed) if (name !== 'service_tier' || tier.length === 0) edits.push({ name, remove: true });
  if (replay.maxOutputTokens !== null) edits.push({ name: 'max_tokens', value: String(replay.maxOutputTokens) });
  return spliceJson(requestBody, top, edits);
}
