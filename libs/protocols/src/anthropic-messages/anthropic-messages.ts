/** Anthropic's Messages, as Claude Code and its SDKs speak it. */
import type { Protocol } from '../protocol.js';
import { editBody, replayBody } from './edit-body.js';
import { answerText, readAnswer, toolCalls } from './read-answer.js';
import { readHead } from './read-head.js';
import { spellModel, spellModels, spellRefusal, spellStreamBreak } from './spell-refusal.js';
import { AnthropicMessagesTap } from './stream-tap.js';

export const anthropicMessages: Protocol = {
  name: 'anthropic-messages',
  path: '/messages',
  readHead,
  editBody,
  readAnswer,
  tapStream: (options) => new AnthropicMessagesTap(options),
  answerText,
  toolCalls,
  replayBody,
  spellRefusal,
  spellStreamBreak,
  spellModels,
  spellModel,
};
