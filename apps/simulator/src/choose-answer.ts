/** What a model says to a request, before limits: its rule, its knowledge, its recordings. Never random. */
import type { AnswerRule, Model, ToolCallRule } from './config.js';
import { answerBySkill, type Knowledge } from './knowledge.js';
import type { ChatRequest } from './parse-chat-request.js';
import type { Recordings } from './recordings.js';

export interface Call {
  name: string;
  /** JSON text, or whatever the rule says the model writes instead. */
  arguments: string;
}
export type Answer = { kind: 'text'; text: string } | { kind: 'tools'; calls: Call[] };

export interface AnswerSources {
  seed: string;
  knowledge: Knowledge;
  recordings: Recordings;
}

/** Null: a model that answers from recordings has none for this question. */
export function chooseAnswer(model: Model, request: ChatRequest, sources: AnswerSources): Answer | null {
  const tool = chooseTool(model.answer, request);
  if (tool) return tool;
  const text = chooseText(model, request, sources);
  return text === null ? null : { kind: 'text', text };
}

/** A client that requires a call gets one from every model; otherwise the rule says whether the model calls. */
function chooseTool({ toolCall }: AnswerRule, { toolNames, toolChoice, lastRole }: ChatRequest): Answer | null {
  if (toolNames.length === 0 || toolChoice.kind === 'none') return null;
  const insisted = toolChoice.kind === 'required' || toolChoice.kind === 'forced';
  if (!insisted && (!toolCall || lastRole === 'tool')) return null;
  const rules: Partial<ToolCallRule>[] = [toolCall ?? {}].flat();
  const calls = toolChoice.kind === 'forced' ? [{ ...rules[0], name: toolChoice.name }] : rules;
  const offered = calls.filter((call) => insisted || toolNames.includes(call.name ?? toolNames[0] ?? ''));
  return offered.length > 0 ? { kind: 'tools', calls: offered.map((call) => spellCall(call, toolNames)) } : null;
}

function spellCall({ name = '', arguments: given = {} }: Partial<ToolCallRule>, toolNames: string[]): Call {
  const spelled = typeof given === 'string' ? given : JSON.stringify(given);
  return { name: toolNames.includes(name) ? name : (toolNames[0] ?? ''), arguments: spelled };
}

function chooseText(model: Model, request: ChatRequest, { seed, knowledge, recordings }: AnswerSources): string | null {
  const { answer } = model;
  const { question } = request;
  switch (answer.kind) {
    case 'fixed':
      return answer.text;
    case 'echo':
      return question;
    case 'recorded':
      return recordings.find(answer, question) ?? answer.otherwise ?? null;
    case 'skill': {
      const known = knowledge.find(question, request.useCase);
      if (!known) return answer.otherwise;
      return answerBySkill(known, { seed, model: model.id, question, accuracy: answer.accuracy });
    }
  }
}
