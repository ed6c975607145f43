/** OpenAI's Responses, stateless or building on answers the venue keeps. */
import type { Protocol } from '../protocol.js';
import { spellModel, spellModels, spellRefusal } from '../openai-chat/spell-refusal.js';
import { answerText, toolCalls } from './answer-items.js';
import { editBody, replayBody } from './edit-body.js';
import { readAnswer } from './read-answer.js';
import { readHead } from './read-head.js';
import { spellStreamBreak } from './spell-break.js';
import { OpenAiResponsesTap } from './stream-tap.js';

export const openAiResponses: Protocol = {
  name: 'openai-responses',
  path: '/responses',
  readHead,
  editBody,
  readAnswer,
  tapStream: (options) => new OpenAiResponsesTap(options),
  answerText,
  toolCalls,
  replayBody,
  spellRefusal,
  spellStreamBreak,
  spellModels,
  spellModel,
};
