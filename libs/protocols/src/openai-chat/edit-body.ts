/**
 * The closed list of edits to a request on its way to a venue: model name, service tier, `provider` removed, the
 * ceiling policy injects, usage of streams. Every other byte is the client's.
 */
import type { Tier } from '#contracts/price.js';
import { scanTopLevel } from '../json-top-level.js';
import type { BodyEdits, CallHead } from '../protocol.js';
import { spliceJson, type JsonEdit } from '../splice-json.js';

const streamOptionNames: ReadonlySet<string> = new Set(['include_usage', 'include_cost']);

export function editBody(body: Buffer, head: CallHead, edits: BodyEdits): Buffer {
  const list: JsonEdit[] = [];
  if (edits.model !== head.requestedModel) list.push({ name: 'model', value: JSON.stringify(edits.model) });
  if (head.fields.members.has('provider')) list.push({ name: 'provider', remove: true });
  const tier = tierEdit(body, head, edits.tier);
  if (tier) list.push(tier);
  if (edits.injectMaxOutputTokens !== undefined) list.push(...ceilingEdits(head, edits.injectMaxOutputTokens));
  if (head.stream) {
    const options = streamOptionsEdit(body, head, edits.askStreamUsage);
    if (options) list.push(options);
  }
  return spliceJson(body, head.fields, list);
}

function valueOf(body: Buffer, head: CallHead, name: string): unknown {
  const span = head.fields.members.get(name);
  return span && JSON.parse(body.toString('utf8', span.valueStart, span.valueEnd));
}

/** What a route's tier is called in a request. `auto` may mean standard, and whoever wrote it keeps it there. */
export function tierEdit(body: Buffer, head: CallHead, tier: Tier): JsonEdit | null {
  if (tier === 'batch') throw new Error('the batch tier cannot be asked for in a chat completions request');
  const asked = valueOf(body, head, 'service_tier');
  if (tier !== 'standard') return asked === tier ? null : { name: 'service_tier', value: JSON.stringify(tier) };
  return asked === 'flex' || asked === 'priority' ? { name: 'service_tier', value: '"default"' } : null;
}

/**
 * Replaces whichever spelling the client used. Where it used none, `max_completion_tokens` is added: OpenAI's
 * reasoning models refuse `max_tokens`, which its reference calls deprecated.
 */
function ceilingEdits(head: CallHead, ceiling: number): JsonEdit[] {
  const names = ['max_tokens', 'max_completion_tokens'].filter((name) => head.fields.members.has(name));
  const named = names.length > 0 && head.maxOutputTokens !== null ? names : ['max_completion_tokens'];
  return named.map((name) => ({ name, value: String(ceiling) }));
}

/** `include_usage` set where usage is wanted, our own `include_cost` taken out; nothing where that changes nothing. */
function streamOptionsEdit(body: Buffer, head: CallHead, askUsage: boolean): JsonEdit | null {
  const span = head.fields.members.get('stream_options');
  const name = 'stream_options';
  if (!span || body[span.valueStart] === 0x6e) return askUsage ? { name, value: '{"include_usage":true}' } : null;
  const inner = body.subarray(span.valueStart, span.valueEnd);
  const top = scanTopLevel(inner, streamOptionNames);
  if (!top) throw new Error('stream_options was read as an object before');
  const list: JsonEdit[] = [{ name: 'include_cost', remove: true }];
  const current = top.members.get('include_usage');
  const asksAlready = current !== undefined && inner[current.valueStart] === 0x74;
  if (askUsage && !asksAlready) list.push({ name: 'include_usage', value: 'true' });
  const value = spliceJson(inner, top, list);
  return value === inner ? null : { name, value };
}
