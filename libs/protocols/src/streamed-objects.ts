/** The JSON objects of a stream that is all here, in its order; an event that carries none is passed over. */
import { type JsonObject, parseObject } from './json-value.js';
import { readSseEvent, SseBoundaries } from './sse.js';

export function* streamedObjects(body: Buffer): Generator<JsonObject> {
  const boundaries = new SseBoundaries();
  let from = 0;
  for (let end = boundaries.next(body, 0); end >= 0; end = boundaries.next(body, from)) {
    const { data } = readSseEvent(body.subarray(from, end), from === 0);
    from = end;
    const message = data === null ? null : parseObject(data);
    if (message) yield message;
  }
}
