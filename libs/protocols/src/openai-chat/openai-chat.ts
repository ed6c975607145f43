/** OpenAI's chat completions, as the venues speak it that call themselves compatible. */
import type { Protocol } from '../protocol.js';
import { answerText, toolCalls } from './answer-message.js';
import { editBody } from './edit-body.js';
import { readAnswer } from './read-answer.js';
import { readHead } from './read-head.js';
import { replayBody } from './replay-body.js';
import { spellModel, spellModels, spellRefusal, spellStreamBreak } from './spell-refusal.js';
import { OpenAiChatTap } from './stream-tap.js';

export const openAiChat: Protocol = {
  name: 'openai-chat',
  path: '/chat/completions',
  readHead,
  editBody,
  readAnswer,
  tapStream: (options) => new OpenAiChatTap(options),
  answerText,
  toolCalls,
  replayBody,
  spellRefusal,
  spellStreamBreak,
  spellModels,
  spellModel,
};
