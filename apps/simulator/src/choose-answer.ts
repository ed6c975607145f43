/** What a model says to a request, before limits: its rule, its knowledge, its recordings. Never random. */
import type { AnswerRule, Model } from './config.js';
import { answerBySkill, type Knowledge } from './knowledge.js';
import type { ChatRequest } from './parse-chat-request.js';
import type { Recordings } from './recordings.js';

export type Answer = { kind: 'text'; text: string } | { kind: 'tool'; name: string; arguments: string };

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
  const wanted = toolChoice.kind === 'forced' ? toolChoice.name : (toolCall?.name ?? toolNames[0] ?? '');
  if (!insisted && !toolNames.includes(wanted)) return null;
  const given = toolCall?.arguments ?? {};
  const name = toolNames.includes(wanted) ? wanted : (toolNames[0] ?? '');
  return { kind: 'tool', name, arguments: typeof given === 'string' ? given : JSON.stringify(given) };
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
