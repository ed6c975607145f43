/**
 * An answer as a Response, whole and as a stream. Its items may be open at once, each at its place; the whole Response
 * that ends a stream is made of the same items. It is kept nowhere, and says so.
 */
import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Usage } from '#contracts/usage.js';
import type { JsonObject } from '#protocols/json-value.js';
import type { AnswerSpeller, SpelledWhole } from './answer-speller.js';
import { refusedByOpenAi } from './spell-refused.js';
import { responsesUsage } from './spell-usage.js';
import { googleSignatureOf, type Sealed, sealedIn, spelledSeal, withGoogleSignature } from './thoughts.js';

/** An item of the output, open until it is `done`. What it says grows in `text`. */
interface Item {
  index: number;
  id: string;
  kind: 'message' | 'function_call' | 'reasoning';
  text: string;
  call: { id: string; name: string } | null;
  sealed: Sealed | null;
  googleSignature: string | null;
  done: boolean;
}

const incomplete: Partial<Record<LanguageModelV4FinishReason['unified'], string>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
};

/** What an answer says again of its request, and what it says where that was silent. */
const repeated: Record<string, unknown> = {
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  user: null,
};

interface Identity {
  /** Plain letters and digits, part of every id of the answer. */
  id: string;
  createdS: number;
  model: string;
  request: JsonObject;
}

export class ResponsesSpeller implements AnswerSpeller {
  private readonly items: Item[] = [];
  /** Open or done, by the SDK's id for it. */
  private readonly known = new Map<string, Item>();
  private sequence = 0;
  private started = false;

  constructor(private readonly identity: Identity) {}

  whole({ content, finishReason, servedModel, usage }: SpelledWhole): string {
    this.identity.model = servedModel ?? this.identity.model;
    for (const part of content) {
      if (part.type === 'text') this.grow(this.add('message'), part.text);
      else if (part.type === 'reasoning') this.thoughtWhole(part);
      else if (part.type === 'tool-call') this.callWhole(part);
    }
    for (const item of this.items) item.done = true;
    return JSON.stringify(this.response(finishReason, usage));
  }

  part(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.identity.model = part.modelId ?? this.identity.model;
        return '';
      case 'text-delta':
        return part.delta === '' ? '' : this.say(`text ${part.id}`, 'message', part.delta);
      case 'text-end':
        return this.end(`text ${part.id}`);
      case 'reasoning-start':
        return this.seal(part);
      case 'reasoning-delta':
        return this.seal(part) + (part.delta === '' ? '' : this.say(`thought ${part.id}`, 'reasoning', part.delta));
      case 'reasoning-end':
        return this.seal(part) + this.end(`thought ${part.id}`);
      case 'tool-input-start':
        return this.open(`call ${part.id}`, 'function_call', { id: part.id, name: part.toolName })[1];
      case 'tool-input-delta':
        return part.delta === '' ? '' : this.say(`call ${part.id}`, 'function_call', part.delta);
      case 'tool-call':
        return this.callEnds(part);
      default:
        return '';
    }
  }

  finish(reason: LanguageModelV4FinishReason, usage: Usage): string {
    const closing = [...this.known.keys()].map((key) => this.end(key)).join('');
    const response = this.response(reason, usage);
    return this.start() + closing + this.event(`response.${String(response.status)}`, { response });
  }

  error(status: number, message: string): string {
    return this.event('error', { code: status === 429 ? 'rate_limit_exceeded' : 'server_error', message, param: null });
  }

  refused(status: number, message: string): string {
    return refusedByOpenAi(status, message);
  }

  private add(kind: Item['kind'], call: Item['call'] = null): Item {
    const index = this.items.length;
    const id = `${idPrefix[kind]}_${this.identity.id}${index}`;
    const item = { index, id, kind, text: '', call, sealed: null, googleSignature: null, done: false };
    this.items.push(item);
    return item;
  }

  private grow(item: Item, text: string): void {
    item.text += text;
  }

  private thoughtWhole({ text, providerMetadata }: Extract<LanguageModelV4Content, { type: 'reasoning' }>): void {
    const sealed = sealedIn(providerMetadata);
    if (text !== '' || sealed) Object.assign(this.add('reasoning'), { text, sealed });
  }

  private callWhole(call: Extract<LanguageModelV4Content, { type: 'tool-call' }>): void {
    const googleSignature = googleSignatureOf(call.providerMetadata);
    const item = this.add('function_call', { id: call.toolCallId, name: call.toolName });
    Object.assign(item, { text: call.input, googleSignature });
  }

  /** The item, and the events that open it where it is new. */
  private open(key: string, kind: Item['kind'], call: Item['call'] = null): [Item, string] {
    const known = this.known.get(key);
    if (known) return [known, ''];
    const item = this.add(kind, call);
    this.known.set(key, item);
    const at = { output_index: item.index, item_id: item.id };
    const part =
      kind === 'message'
        ? this.event('response.content_part.added', { ...at, content_index: 0, part: textPart('') })
        : kind === 'reasoning'
          ? this.event('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: summaryPart('') })
          : '';
    const opening = spelled(item, 'in_progress');
    const added = this.event('response.output_item.added', { output_index: item.index, item: opening });
    return [item, this.start() + added + part];
  }

  private say(key: string, kind: Item['kind'], delta: string): string {
    const [item, opening] = this.open(key, kind);
    if (item.done) return '';
    this.grow(item, delta);
    const at = { output_index: item.index, item_id: item.id };
    const place = { message: { content_index: 0, logprobs: [] }, reasoning: { summary_index: 0 }, function_call: {} };
    return opening + this.event(`response.${said[kind]}.delta`, { ...at, ...place[kind], delta });
  }

  private seal({ id, providerMetadata }: { id: string; providerMetadata?: unknown }): string {
    const sealed = sealedIn(providerMetadata);
    if (!sealed) return '';
    const [item, opening] = this.open(`thought ${id}`, 'reasoning');
    item.sealed = sealed;
    return opening;
  }

  /** The call as a whole comes last: its input may not have come in pieces. */
  private callEnds(call: Extract<LanguageModelV4Content, { type: 'tool-call' }>): string {
    const key = `call ${call.toolCallId}`;
    const [item, opening] = this.open(key, 'function_call', { id: call.toolCallId, name: call.toolName });
    item.googleSignature = googleSignatureOf(call.providerMetadata);
    const input = item.text === '' ? this.say(key, 'function_call', call.input) : '';
    return opening + input + this.end(key);
  }

  private end(key: string): string {
    const item = this.known.get(key);
    if (!item || item.done) return '';
    item.done = true;
    const { id, index, kind, text, call } = item;
    const at = { output_index: index, item_id: id };
    const done = this.event('response.output_item.done', { output_index: index, item: spelled(item) });
    if (kind === 'function_call')
      return this.event(`response.${said[kind]}.done`, { ...at, name: call?.name, arguments: text }) + done;
    if (kind === 'reasoning') {
      const summary = { ...at, summary_index: 0 };
      return (
        this.event('response.reasoning_summary_text.done', { ...summary, text }) +
        this.event('response.reasoning_summary_part.done', { ...summary, part: summaryPart(text) }) +
        done
      );
    }
    const content = { ...at, content_index: 0 };
    return (
      this.event('response.output_text.done', { ...content, text, logprobs: [] }) +
      this.event('response.content_part.done', { ...content, part: textPart(text) }) +
      done
    );
  }

  private start(): string {
    if (this.started) return '';
    this.started = true;
    const response = this.spell('in_progress', {});
    return this.event('response.created', { response }) + this.event('response.in_progress', { response });
  }

  private response({ unified }: LanguageModelV4FinishReason, usage: Usage): JsonObject {
    const output = this.items.map((item) => spelled(item));
    const counted = { output, usage: usage.basis === 'missing' ? null : responsesUsage(usage) };
    const reason = incomplete[unified];
    if (unified === 'error')
      return this.spell('failed', { ...counted, error: { code: 'server_error', message: 'the venue broke off' } });
    if (reason !== undefined) return this.spell('incomplete', { ...counted, incomplete_details: { reason } });
    return this.spell('completed', counted);
  }

  private spell(status: string, fields: JsonObject): JsonObject {
    const { id, createdS, model, request } = this.identity;
    const again = Object.entries(repeated).map(([name, unless]) => [name, request[name] ?? unless]);
    return {
      ...{ id: `resp_${id}`, object: 'response', created_at: createdS, status, background: false, error: null },
      ...{ incomplete_details: null, model, output: [], store: false, usage: null },
      ...(Object.fromEntries(again) as JsonObject),
      ...fields,
    };
  }

  private event(type: string, fields: JsonObject): string {
    const data = { type, sequence_number: this.sequence++, ...fields };
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

const idPrefix = { message: 'msg', function_call: 'fc', reasoning: 'rs' } as const;
const said = {
  message: 'output_text',
  function_call: 'function_call_arguments',
  reasoning: 'reasoning_summary_text',
} as const;

const textPart = (text: string) => ({ type: 'output_text', annotations: [], logprobs: [], text });
const summaryPart = (text: string) => ({ type: 'summary_text', text });

function spelled(item: Item, status: 'in_progress' | 'completed' = 'completed'): JsonObject {
  const { id, kind, text, call, sealed, googleSignature } = item;
  const began = status === 'in_progress';
  if (kind === 'message') return { id, type: kind, status, role: 'assistant', content: began ? [] : [textPart(text)] };
  if (kind === 'reasoning') {
    const encrypted = spelledSeal(sealed);
    return {
      ...{ id, type: kind, summary: began || text === '' ? [] : [summaryPart(text)] },
      ...(encrypted !== null && { encrypted_content: encrypted }),
    };
  }
  const made = { id, type: kind, status, call_id: call?.id, name: call?.name, arguments: began ? '' : text };
  return { ...made, ...withGoogleSignature(googleSignature) };
}
