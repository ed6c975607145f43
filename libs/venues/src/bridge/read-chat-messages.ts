/** The conversation of a chat completions request, as the AI SDK takes it. */
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
} from '@ai-sdk/provider';
import { isObject, parseObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { cacheMark, fileAt, fileOf, given, marked, strangerIn } from './read-parts.js';
import { googleSignatureIn, readRedacted, sealedAs } from './thoughts.js';
import type { Notes } from './wishes.js';

type Assistant = Extract<LanguageModelV4Message, { role: 'assistant' }>;
type AssistantPart = Assistant['content'][number];
type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

export function chatMessages(messages: readonly JsonObject[], notes: Notes): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  const toolNames = new Map<string, string>();
  for (const message of messages) {
    const { role } = message;
    if (role === 'system' || role === 'developer') {
      if (prompt.some((earlier) => earlier.role !== 'system')) notes.features.add('late_system');
      for (const { text, ...mark } of textParts(message.content, notes))
        prompt.push({ role: 'system', content: text, ...marked(mark.providerOptions) });
    } else if (role === 'user') {
      if (given(message.name)) notes.cannot('field:messages.name');
      prompt.push({ role: 'user', content: userParts(message.content, notes) });
    } else if (role === 'assistant') {
      prompt.push({ role: 'assistant', content: assistantParts(message, toolNames, notes) });
    } else if (role === 'tool') addToolResult(prompt, message, toolNames, notes);
    else notes.cannot('field:messages.role');
  }
  // To be gone on with means something else to every venue that knows it, and nothing to OpenAI.
  if (prompt.at(-1)?.role === 'assistant') notes.cannot('prefill');
  return prompt;
}

/** Results of one turn's calls stay together: venues count them against the calls. */
function addToolResult(
  prompt: LanguageModelV4Prompt,
  message: JsonObject,
  toolNames: Map<string, string>,
  notes: Notes,
): void {
  const toolCallId = textOf(message.tool_call_id) ?? '';
  const toolName = toolNames.get(toolCallId);
  if (toolName === undefined) return notes.cannot('field:messages.tool_call_id');
  const value = textParts(message.content, notes)
    .map(({ text }) => text)
    .join('');
  const result = { type: 'tool-result' as const, toolCallId, toolName, output: { type: 'text' as const, value } };
  const last = prompt.at(-1);
  if (last?.role === 'tool') last.content.push(result);
  else prompt.push({ role: 'tool', content: [result] });
}

const textFields: ReadonlySet<string> = new Set(['type', 'text', 'cache_control']);

function textParts(content: unknown, notes: Notes): LanguageModelV4TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts.map((part) => {
    if (isObject(part) && part.type === 'text' && typeof part.text === 'string' && !strangerIn(part, textFields))
      return { type: 'text', text: part.text, ...marked(cacheMark(part.cache_control, notes)) };
    notes.cannot('field:messages.content');
    return { type: 'text', text: '' };
  });
}

function userParts(content: unknown, notes: Notes): UserPart[] {
  if (!Array.isArray(content)) return textParts(content, notes);
  return (content as unknown[]).flatMap((part): UserPart[] => {
    if (!isObject(part) || part.type === 'text') return textParts([part], notes);
    const media = mediaPart(part, notes);
    return media ? [{ ...media, ...marked(cacheMark(part.cache_control, notes)) }] : [];
  });
}

function mediaPart(part: JsonObject, notes: Notes): LanguageModelV4FilePart | null {
  const { image_url: image, input_audio: audio, file } = part;
  if (part.type === 'image_url' && isObject(image) && typeof image.url === 'string') {
    const { detail } = image;
    const read = fileAt(image.url, 'image/*', notes);
    if (typeof detail !== 'string' || detail === 'auto') return read;
    notes.features.add('image_detail');
    return { ...read, providerOptions: { openai: { imageDetail: detail } } };
  }
  if (part.type === 'input_audio' && isObject(audio) && typeof audio.data === 'string') {
    notes.features.add('audio');
    return fileOf(audio.data, audio.format === 'mp3' ? 'audio/mpeg' : 'audio/wav');
  }
  const inline = isObject(file) && typeof file.file_data === 'string' ? file.file_data : null;
  if (part.type === 'file' && isObject(file) && inline?.startsWith('data:application/pdf;base64,')) {
    notes.features.add('document');
    const filename = textOf(file.filename);
    return { ...fileAt(inline, 'application/pdf', notes), ...(filename ? { filename } : {}) };
  }
  notes.cannot('field:messages.content');
  return null;
}

const assistantFields: ReadonlySet<string> = new Set([
  ...['role', 'content', 'tool_calls', 'reasoning_details', 'reasoning_content', 'annotations'],
]);

function assistantParts(message: JsonObject, toolNames: Map<string, string>, notes: Notes): AssistantPart[] {
  const stranger = strangerIn(message, assistantFields);
  if (stranger !== null) notes.cannot(`field:messages.${stranger}`);
  const calls: unknown[] = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  const spoken = given(message.content) ? textParts(message.content, notes) : [];
  return [
    ...reasoningParts(message, notes),
    ...spoken.filter(({ text }) => text !== ''),
    ...calls.map((call) => toolCallPart(call, toolNames, notes)),
  ];
}

/** What a bridged answer carried as `reasoning_details`: signed thinking, which its venue wants back as it was. */
function reasoningParts(message: JsonObject, notes: Notes): AssistantPart[] {
  const details: unknown[] = Array.isArray(message.reasoning_details) ? message.reasoning_details : [];
  const parts = details.filter(isObject).flatMap((detail): AssistantPart[] => {
    const [signature, redacted] = [textOf(detail.signature), textOf(detail.data)];
    const sealed = redacted ? readRedacted(redacted) : null;
    const signed = signature ? { kind: 'signature' as const, data: signature } : sealed;
    const providerOptions = signed && sealedAs(signed);
    return providerOptions ? [{ type: 'reasoning', text: textOf(detail.text) ?? '', providerOptions }] : [];
  });
  if (parts.length > 0) notes.features.add('thinking_history');
  else if (details.length > 0 || given(message.reasoning_content)) notes.features.add('unsigned_thoughts');
  return parts;
}

function toolCallPart(value: unknown, toolNames: Map<string, string>, notes: Notes): AssistantPart {
  const call = isObject(value) && isObject(value.function) ? value.function : null;
  const toolCallId = isObject(value) ? (textOf(value.id) ?? '') : '';
  const toolName = textOf(call?.name) ?? '';
  const written = textOf(call?.arguments) ?? '{}';
  const input = parseObject(written);
  if (toolCallId === '' || toolName === '' || input === null) notes.cannot('field:messages.tool_calls');
  toolNames.set(toolCallId, toolName);
  const thoughtSignature = isObject(value) ? googleSignatureIn(value.extra_content) : null;
  return {
    type: 'tool-call',
    toolCallId,
    toolName,
    input,
    ...marked(thoughtSignature === null ? undefined : { google: { thoughtSignature } }),
  };
}
