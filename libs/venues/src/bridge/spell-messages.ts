/**
 * An answer in Messages' words, whole and as a stream. Messages has one block open at a time; where a venue says two
 * things at once, the later one waits, and no piece of it is lost.
 */
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Usage } from '#contracts/usage.js';
import { parseObject, type JsonObject } from '#protocols/json-value.js';
import { missingUsage } from '#protocols/usage/count.js';
import type { AnswerSpeller, SpelledWhole } from './answer-speller.js';
import { messagesUsage } from './spell-usage.js';
import { sealedAtStart, sealedIn, spelledRedacted } from './thoughts.js';

const stops: Record<LanguageModelV4FinishReason['unified'], string | null> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  error: null,
  other: 'end_turn',
};

const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** A block of the stream: what opens it, what has come of it and is not told yet, and whether all has come. */
interface Block {
  id: string;
  opening: JsonObject;
  deltas: JsonObject[];
  /** Any delta has come at all. */
  begun: boolean;
  opened: boolean;
  done: boolean;
}

export class MessagesSpeller implements AnswerSpeller {
  private index = -1;
  private started = false;
  private blocks: Block[] = [];

  constructor(private readonly identity: { id: string; model: string }) {}

  whole({ content, finishReason, servedModel, usage }: SpelledWhole): string {
    const blocks = content.flatMap((part): JsonObject[] => {
      if (part.type === 'text') return [{ type: 'text', text: part.text, citations: null }];
      if (part.type === 'reasoning') return [thoughtOf(part.text, part.providerMetadata)];
      if (part.type !== 'tool-call') return [];
      return [{ type: 'tool_use', id: part.toolCallId, name: part.toolName, input: parseObject(part.input) ?? {} }];
    });
    const message = { ...this.message(servedModel), content: blocks, ...stopped(finishReason) };
    return JSON.stringify({ ...message, usage: messagesUsage(usage) });
  }

  part(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.identity.model = part.modelId ?? this.identity.model;
        break;
      case 'text-start':
        this.add(`text ${part.id}`, { type: 'text', text: '' });
        break;
      case 'text-delta':
        this.say(`text ${part.id}`, part.delta, { type: 'text_delta', text: part.delta });
        break;
      case 'text-end':
        this.end(`text ${part.id}`);
        break;
      case 'reasoning-start':
        this.add(`thinking ${part.id}`, { type: 'thinking', thinking: '', signature: '' });
        this.sign(`thinking ${part.id}`, sealedAtStart(part.providerMetadata));
        break;
      case 'reasoning-delta':
        this.say(`thinking ${part.id}`, part.delta, { type: 'thinking_delta', thinking: part.delta });
        this.sign(`thinking ${part.id}`, part.providerMetadata);
        break;
      case 'reasoning-end':
        this.sign(`thinking ${part.id}`, part.providerMetadata);
        this.end(`thinking ${part.id}`);
        break;
      case 'tool-input-start':
        this.addTool(part.id, part.toolName);
        break;
      case 'tool-input-delta':
        this.say(`tool ${part.id}`, part.delta, { type: 'input_json_delta', partial_json: part.delta });
        break;
      case 'tool-call':
        this.toolCall(part);
        break;
    }
    return this.told();
  }

  finish(reason: LanguageModelV4FinishReason, usage: Usage): string {
    for (const block of this.blocks) block.done = true;
    const counted = { usage: messagesUsage(usage) };
    const last = event('message_delta', { delta: stopped(reason), ...counted }) + event('message_stop', {});
    return this.told() + this.start() + last;
  }

  error(status: number, message: string): string {
    return `event: error\ndata: ${this.refused(status, message)}\n\n`;
  }

  refused(status: number, message: string): string {
    const type = errorTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
    return JSON.stringify({ type: 'error', error: { type, message } });
  }

  private message(servedModel: string | null): JsonObject {
    const { id, model } = this.identity;
    return { id, type: 'message', role: 'assistant', model: servedModel ?? model };
  }

  /** Other formats count when they are done: until then a stream says 0, and its last event all of it. */
  private start(): string {
    if (this.started) return '';
    this.started = true;
    const empty = { content: [], stop_reason: null, stop_sequence: null, usage: messagesUsage(missingUsage) };
    return event('message_start', { message: { ...this.message(null), ...empty } });
  }

  private add(id: string, opening: JsonObject): Block {
    const block = { id, opening, deltas: [], begun: false, opened: false, done: false };
    this.blocks.push(block);
    return block;
  }

  private addTool(id: string, name: string): Block {
    return this.add(`tool ${id}`, { type: 'tool_use', id, name, input: {} });
  }

  private say(id: string, said: string, delta: JsonObject): void {
    const block = this.blocks.find((one) => one.id === id && !one.done);
    if (!block || said === '') return;
    block.begun = true;
    block.deltas.push(delta);
  }

  private sign(id: string, metadata: unknown): void {
    const block = this.blocks.find((one) => one.id === id && !one.done);
    const thought = thoughtOf('', metadata);
    if (!block) return;
    if (thought.type === 'redacted_thinking') Object.assign(block, { opening: thought, begun: true });
    else if (thought.signature !== '')
      this.say(id, 'signed', { type: 'signature_delta', signature: thought.signature });
  }

  private end(id: string): void {
    const block = this.blocks.find((one) => one.id === id);
    if (block) block.done = true;
  }

  /** The call as a whole comes last: its input may not have come in pieces. */
  private toolCall({ toolCallId, toolName, input }: { toolCallId: string; toolName: string; input: string }): void {
    const id = `tool ${toolCallId}`;
    const block = this.blocks.find((one) => one.id === id) ?? this.addTool(toolCallId, toolName);
    if (!block.begun) this.say(id, input, { type: 'input_json_delta', partial_json: input });
    block.done = true;
  }

  /** What the first block has to say, and the next ones' as far as those before them are done. */
  private told(): string {
    let told = '';
    for (let [block] = this.blocks; block; [block] = this.blocks) {
      const speaks = block.begun || block.opening.type === 'tool_use';
      if (speaks && !block.opened) {
        told += this.start();
        this.index++;
        block.opened = true;
        told += event('content_block_start', { index: this.index, content_block: block.opening });
      }
      for (const delta of block.deltas.splice(0)) told += event('content_block_delta', { index: this.index, delta });
      if (!block.done) break;
      if (block.opened) told += event('content_block_stop', { index: this.index });
      this.blocks.shift();
    }
    return told;
  }
}

const event = (type: string, fields: JsonObject): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const stopped = ({ unified }: LanguageModelV4FinishReason) => ({ stop_reason: stops[unified], stop_sequence: null });

function thoughtOf(thinking: string, metadata: unknown): JsonObject {
  const sealed = sealedIn(metadata);
  if (sealed && sealed.kind !== 'signature') return { type: 'redacted_thinking', data: spelledRedacted(sealed) };
  return { type: 'thinking', thinking, signature: sealed?.data ?? '' };
}
