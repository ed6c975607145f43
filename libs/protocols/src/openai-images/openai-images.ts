/** OpenAI's images: a picture from words, and pictures changed by words. Two endpoints, one kind of answer. */
import { spellModel, spellModels, spellRefusal, spellStreamBreak } from '../openai-chat/spell-refusal.js';
import { editNameAndVenue } from '../openai-embeddings/openai-embeddings.js';
import type { Protocol } from '../protocol.js';
import { unreplayed } from '../unreplayed.js';
import { editForm, formTypeOf, readFormHead } from './image-form.js';
import { readAnswer } from './read-answer.js';
import { readHead } from './read-head.js';
import { OpenAiImagesTap } from './stream-tap.js';

const common = {
  readAnswer,
  tapStream: () => new OpenAiImagesTap(),
  ...unreplayed,
  spellRefusal,
  spellStreamBreak,
  spellModels,
  spellModel,
} satisfies Partial<Protocol>;

export const openAiImages: Protocol = {
  name: 'openai-images',
  path: '/images/generations',
  readHead,
  editBody: editNameAndVenue,
  ...common,
};

const opensObject = (body: Buffer): boolean => body.toString('latin1', 0, 64).trimStart().startsWith('{');

/** As a form with files, which is how the clients send it, or as JSON that names pictures by reference. */
export const openAiImageEdits: Protocol = {
  name: 'openai-image-edits',
  path: '/images/edits',
  readHead: (body) => (opensObject(body) ? readHead(body) : readFormHead(body)),
  contentTypeOf: (body) => (opensObject(body) ? 'application/json' : formTypeOf(body)),
  editBody: (body, head, edits) => (opensObject(body) ? editNameAndVenue : editForm)(body, head, edits),
  ...common,
};
