/** An answer in chat completions' words, whole and as a stream. Usage is what the venue's own bytes say. */
import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Usage } from '#contracts/usage.js';
import type { JsonObject } from '#protocols/json-value.js';
import type { AnswerSpeller, SpelledWhole } from './answer-speller.js';
import { refusedByOpenAi } from './spell-refused.js';
import { chatUsage } from './spell-usage.js';
import { googleSignatureOf, sealedAtStart, sealedIn, spelledRedacted, withGoogleSignature } from './thoughts.js';

const finishes: Record<LanguageModelV4FinishReason['unified'], string> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  error: 'error',
  other: 'stop',
};

interface Identity {
  id: string;
  created: number;
  model: string;
}

export class ChatSpeller implements AnswerSpeller {
  /** Place of each call by the SDK's id for it, in order of appearance. */
  private readonly calls = new Map<string, number>();
  /** Calls whose input is spelled already, piece by piece. */
  private readonly streamed = new Set<string>();
  private readonly sealed = new Set<unknown>();
  private opened = false;

  constructor(private readonly identity: Identity) {}

  whole({ content, finishReason, servedModel, usage }: SpelledWhole): string {
    const texts = content.filter((part) => part.type === 'text').map(({ text }) => text);
    const calls = content.filter((part) => part.type === 'tool-call');
    const reasoning = content.filter((part) => part.type === 'reasoning');
    const message = {
      role: 'assistant',
      content: texts.length > 0 ? texts.join('') : null,
      refusal: null,
      ...(calls.length > 0 && {
        tool_calls: calls.map((call) => ({ ...called(call), ...signature(call) })),
      }),
      ...(reasoning.length > 0 && {
        reasoning_content: reasoning.map(({ text }) => text).join(''),
        reasoning_details: reasoning.map((part) => detailOf(part.text, part.providerMetadata)),
      }),
    };
    const { id, created, model } = this.identity;
    const choice = { index: 0, message, logprobs: null, finish_reason: finishes[finishReason.unified] };
    const spelled = { id, object: 'chat.completion', created, model: servedModel ?? model, choices: [choice] };
    return JSON.stringify({ ...spelled, ...(usage.basis === 'missing' ? {} : { usage: chatUsage(usage) }) });
  }

  part(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.identity.model = part.modelId ?? this.identity.model;
        return '';
      case 'text-delta':
        return this.delta({ content: part.delta });
      case 'reasoning-delta':
        return (
          (part.delta === '' ? '' : this.delta({ reasoning_content: part.delta })) +
          this.reasoned(part.providerMetadata)
        );
      case 'reasoning-start':
        return this.reasoned(sealedAtStart(part.providerMetadata));
      case 'reasoning-end':
        return this.reasoned(part.providerMetadata);
      case 'tool-input-start': {
        const index = this.calls.size;
        this.calls.set(part.id, index);
        const call = { index, id: part.id, type: 'function', function: { name: part.toolName, arguments: '' } };
        return this.delta({ content: null, tool_calls: [call] });
      }
      case 'tool-input-delta':
        if (part.delta === '') return '';
        this.streamed.add(part.id);
        return this.delta({
          tool_calls: [{ index: this.calls.get(part.id) ?? 0, function: { arguments: part.delta } }],
        });
      case 'tool-call':
        return this.toolCall(part);
      default:
        return '';
    }
  }

  finish({ unified }: LanguageModelV4FinishReason, usage: Usage): string {
    const counted = usage.basis === 'missing' ? '' : this.event({ choices: [], usage: chatUsage(usage) });
    return `${this.delta({}, finishes[unified])}${counted}data: [DONE]\n\n`;
  }

  error(status: number, message: string): string {
    return `data: ${this.refused(status, message)}\n\n`;
  }

  refused(status: number, message: string): string {
    return refusedByOpenAi(status, message);
  }

  /** The call as a whole comes last: its input may not have come in pieces, and its signature has not. */
  private toolCall(call: Extract<LanguageModelV4Content, { type: 'tool-call' }>): string {
    const known = this.calls.get(call.toolCallId);
    const index = known ?? this.calls.size;
    this.calls.set(call.toolCallId, index);
    const extra = signature(call);
    if (known === undefined) return this.delta({ content: null, tool_calls: [{ index, ...called(call), ...extra }] });
    if (!this.streamed.has(call.toolCallId))
      return this.delta({ tool_calls: [{ index, function: { arguments: call.input }, ...extra }] });
    return Object.keys(extra).length > 0 ? this.delta({ tool_calls: [{ index, ...extra }] }) : '';
  }

  /** The seal of a thought comes at its beginning, within or at its end, as its venue has it; and once. */
  private reasoned(metadata: unknown): string {
    const detail = detailOf('', metadata);
    const seal = detail.signature ?? detail.data;
    if (seal === undefined || this.sealed.has(seal)) return '';
    this.sealed.add(seal);
    return this.delta({ reasoning_details: [detail] });
  }

  private delta(delta: JsonObject, finishReason: string | null = null): string {
    const role = this.opened ? {} : { role: 'assistant' };
    this.opened = true;
    return this.event({
      choices: [{ index: 0, delta: { ...role, ...delta }, logprobs: null, finish_reason: finishReason }],
    });
  }

  private event(fields: JsonObject): string {
    const { id, created, model } = this.identity;
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, ...fields })}\n\n`;
  }
}

const called = ({ toolCallId, toolName, input }: { toolCallId: string; toolName: string; input: string }) => ({
  id: toolCallId,
  type: 'function',
  function: { name: toolName, arguments: input },
});

const signature = ({ providerMetadata }: { providerMetadata?: unknown }): JsonObject =>
  withGoogleSignature(googleSignatureOf(providerMetadata));

function detailOf(text: string, metadata: unknown): JsonObject {
  const sealed = sealedIn(metadata);
  if (sealed && sealed.kind !== 'signature') return { type: 'reasoning.encrypted', data: spelledRedacted(sealed) };
  return { type: 'reasoning.text', text, ...(sealed && { signature: sealed.data }) };
}
