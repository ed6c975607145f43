/** The conversation of a Messages request, as the AI SDK takes it: blocks become parts, results of tools their own turn. */
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultOutput,
} from '@ai-sdk/provider';
import { isObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { cacheMark, fileAt, fileOf, given, marked, strangerIn } from './read-parts.js';
import { readRedacted, type Sealed, sealedAs } from './thoughts.js';
import type { Notes } from './wishes.js';

type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];
type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

export function messagesPrompt(system: unknown, messages: readonly JsonObject[], notes: Notes): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = blocksOf(system, notes).map((block) => {
    const part = textPart(block, notes);
    return { role: 'system', content: part.text, ...marked(part.providerOptions) };
  });
  const toolNames = new Map<string, string>();
  for (const { role, content } of messages) {
    if (role === 'user') addUserTurn(prompt, blocksOf(content, notes), toolNames, notes);
    else if (role === 'assistant')
      prompt.push({
        role,
        content: blocksOf(content, notes).flatMap((block) => assistantPart(block, toolNames, notes)),
      });
    else notes.cannot('field:messages.role');
  }
  if (prompt.at(-1)?.role === 'assistant') notes.features.add('prefill');
  return prompt;
}

/** Text may stand alone; every block is an object. */
function blocksOf(content: unknown, notes: Notes): JsonObject[] {
  if (!given(content)) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const blocks: unknown[] = Array.isArray(content) ? content : [content];
  if (!blocks.every(isObject)) notes.cannot('field:messages.content');
  return blocks.filter(isObject);
}

const textFields: ReadonlySet<string> = new Set(['type', 'text', 'cache_control']);

function textPart(block: JsonObject, notes: Notes): LanguageModelV4TextPart {
  if (block.type !== 'text' || typeof block.text !== 'string' || strangerIn(block, textFields) !== null)
    notes.cannot('field:messages.content');
  return { type: 'text', text: String(block.text), ...marked(cacheMark(block.cache_control, notes)) };
}

/** One turn holds results and words; the AI SDK wants them apart, in the order they stand. */
function addUserTurn(
  prompt: LanguageModelV4Prompt,
  blocks: JsonObject[],
  toolNames: Map<string, string>,
  notes: Notes,
): void {
  let words: UserPart[] | null = null;
  let results: Extract<LanguageModelV4Message, { role: 'tool' }>['content'] | null = null;
  for (const block of blocks) {
    if (block.type === 'tool_result') {
      words = null;
      if (!results) prompt.push({ role: 'tool', content: (results = []) });
      const toolCallId = textOf(block.tool_use_id) ?? '';
      const toolName = toolNames.get(toolCallId) ?? '';
      if (toolName === '') notes.cannot('field:messages.tool_use_id');
      const output = toolOutput(block, notes);
      results.push({
        type: 'tool-result',
        toolCallId,
        toolName,
        output,
        ...marked(cacheMark(block.cache_control, notes)),
      });
    } else {
      results = null;
      if (!words) prompt.push({ role: 'user', content: (words = []) });
      words.push(userPart(block, notes));
    }
  }
}

function toolOutput(block: JsonObject, notes: Notes): LanguageModelV4ToolResultOutput {
  const parts = blocksOf(block.content, notes).map((inner) => userPart(inner, notes));
  const texts = parts.filter((part) => part.type === 'text');
  if (texts.length < parts.length) {
    notes.features.add('tool_result_media');
    if (block.is_error === true) notes.features.add('tool_error');
    return { type: 'content', value: parts };
  }
  const value = texts.map(({ text }) => text).join('\n');
  if (block.is_error !== true) return { type: 'text', value };
  notes.features.add('tool_error');
  return { type: 'error-text', value };
}

function userPart(block: JsonObject, notes: Notes): UserPart {
  const source = isObject(block.source) ? block.source : {};
  const file = filePart(block, source, notes);
  if (!file) return textPart(block, notes);
  return { ...file, ...marked(cacheMark(block.cache_control, notes)) };
}

const fileFields: ReadonlySet<string> = new Set(['type', 'source', 'cache_control', 'title']);

function filePart(block: JsonObject, source: JsonObject, notes: Notes): LanguageModelV4FilePart | null {
  if (block.type !== 'image' && block.type !== 'document') return null;
  const stranger = strangerIn(block, fileFields);
  if (stranger !== null) notes.cannot(`field:messages.${stranger}`);
  const title = textOf(block.title);
  const named = title ? { filename: title } : {};
  const kind = block.type === 'image' ? 'image/*' : 'application/pdf';
  if (block.type === 'document') notes.features.add(source.type === 'text' ? 'text_document' : 'document');
  if (source.type === 'url' && typeof source.url === 'string') return { ...fileAt(source.url, kind, notes), ...named };
  const data = typeof source.data === 'string' ? source.data : null;
  if (source.type === 'text' && data !== null)
    return { type: 'file', mediaType: 'text/plain', data: { type: 'text', text: data }, ...named };
  const mediaType = textOf(source.media_type);
  if (source.type === 'base64' && data !== null && mediaType) return { ...fileOf(data, mediaType), ...named };
  notes.cannot('field:messages.source');
  return null;
}

function assistantPart(block: JsonObject, toolNames: Map<string, string>, notes: Notes): AssistantPart[] {
  if (block.type === 'text') {
    const { citations: _, ...plain } = block;
    if (given(block.citations)) notes.cannot('field:messages.citations');
    return block.text === '' ? [] : [textPart(plain, notes)];
  }
  if (block.type === 'thinking' || block.type === 'redacted_thinking') {
    const [signature, redacted] = [textOf(block.signature), textOf(block.data)];
    const sealed: Sealed | null = redacted
      ? readRedacted(redacted)
      : signature
        ? { kind: 'signature', data: signature }
        : null;
    notes.features.add(sealed ? 'thinking_history' : 'unsigned_thoughts');
    return sealed ? [{ type: 'reasoning', text: textOf(block.thinking) ?? '', providerOptions: sealedAs(sealed) }] : [];
  }
  const [toolCallId, toolName] = [textOf(block.id), textOf(block.name)];
  if (block.type !== 'tool_use' || !toolCallId || !toolName || !isObject(block.input)) {
    notes.cannot('field:messages.content');
    return [];
  }
  toolNames.set(toolCallId, toolName);
  const mark = marked(cacheMark(block.cache_control, notes));
  return [{ type: 'tool-call', toolCallId, toolName, input: block.input, ...mark }];
}
