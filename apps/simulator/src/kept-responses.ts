/** What a venue keeps of answered calls, to be asked for by id and to be built on. */
import { spellError, type WireError } from './wire-error.js';

export interface KeptResponse {
  /** As the wire spells it. */
  body: Record<string, unknown>;
  /** The input items it answered. */
  input: unknown[];
  /** Everything the model had read and said by then. */
  prompt: string;
  promptTokens: number;
}

export type KeptResponses = Map<string, KeptResponse>;

export const noSuchResponse = (id: string): WireError => ({
  status: 404,
  message: `Response with id '${id}' not found.`,
  type: 'invalid_request_error',
  param: null,
  code: null,
});

export interface KeptAnswer {
  status: number;
  body: string;
}

/** `GET` and `DELETE /v1/responses/{id}`, `GET …/input_items`, `POST …/cancel`; null for any other path or method. */
export function serveKept(kept: KeptResponses, method: string, path: string): KeptAnswer | null {
  const [, id = '', rest = ''] = /^\/v1\/responses\/([\w-]+)(\/input_items|\/cancel)?$/.exec(path) ?? [];
  const act = acts[`${method} ${rest}`];
  if (id === '' || !act) return null;
  const response = kept.get(id);
  if (!response) return { status: 404, body: spellError(noSuchResponse(id)) };
  return { status: 200, body: JSON.stringify(act(response, kept, id)) };
}

const acts: Record<string, (response: KeptResponse, kept: KeptResponses, id: string) => unknown> = {
  'GET ': ({ body }) => body,
  'DELETE ': (_response, kept, id) => {
    kept.delete(id);
    return { id, object: 'response', deleted: true };
  },
  'GET /input_items': ({ input }) => ({ object: 'list', data: input, has_more: false }),
  'POST /cancel': (response) => (response.body = { ...response.body, status: 'cancelled' }),
};
