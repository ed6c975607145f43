/** From a raw HTTP request to the venue or operation it is for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReceivedRequest } from './request-log.js';
import { bedrockAt } from './bedrock-dialect.js';
import { chatDialect } from './chat-dialect.js';
import { checkAuthorisation } from './check-authorisation.js';
import type { Dialect } from './dialect.js';
import { embeddingsDialect } from './embeddings-dialect.js';
import { pictureEditsDialect, picturesDialect } from './pictures-dialect.js';
import { geminiAt } from './gemini-dialect.js';
import { serveKept } from './kept-responses.js';
import { messagesDialect } from './messages-dialect.js';
import { geminiEmbeddingsAt, titanAt } from './other-embeddings.js';
import { responsesDialect } from './responses-dialect.js';
import { refuse, serveDialect } from './serve-dialect.js';
import { serveOperator } from './serve-operator.js';
import { type Counter, counterAt } from './token-counts.js';
import { spellError, unknownModel, unknownUrl, venueError, wrongMethod } from './wire-error.js';
import type { OpenVenue, World } from './world.js';

const maxBodyBytes = 64 * 1024 * 1024;

export function routeRequest(world: World, request: IncomingMessage, response: ServerResponse): void {
  const method = request.method ?? 'GET';
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
  const at = new Date().toISOString();
  const [, venueId = '', ...rest] = path.split('/');
  const place = world.venues.get(venueId);
  const requestId = world.nextId();
  if (place) world.dials.count(venueId, 'received');
  readBody(request, (body) => {
    if (body === null) return sendError(response, 413, requestId);
    if (path.startsWith('/_sim/')) {
      return serveOperator(world, { method, path, query: new URLSearchParams(search), body }, response);
    }
    response.setHeader('x-request-id', requestId);
    if (!place) return void response.writeHead(404, json).end(spellError(unknownUrl(method, path)));
    const received = { requestId, at, method, path: request.url ?? path, headers: request.headers, body };
    world.log.add(venueId, received);
    serveVenue(world, place, received, `/${rest.join('/')}`, response).catch((error: unknown) => {
      console.error('simulator:', error);
      if (!response.headersSent) sendError(response, 500, requestId);
      else response.destroy();
    });
  });
}

/** What is spoken at which end of a path below a venue. */
const dialects: Record<string, Dialect> = {
  '/chat/completions': chatDialect,
  '/responses': responsesDialect,
  '/embeddings': embeddingsDialect,
  '/images/generations': picturesDialect,
  '/images/edits': pictureEditsDialect,
  '/messages': messagesDialect,
};

function dialectAt(path: string): Dialect | null {
  const end = Object.keys(dialects).find((name) => path.endsWith(name));
  return (end && dialects[end]) || geminiAt(path) || bedrockAt(path) || geminiEmbeddingsAt(path) || titanAt(path);
}

const json = { 'content-type': 'application/json' };

async function serveVenue(
  world: World,
  place: OpenVenue,
  received: ReceivedRequest,
  path: string,
  response: ServerResponse,
): Promise<void> {
  const { method } = received;
  const dialect = dialectAt(path);
  if (dialect) {
    if (method === 'POST') return serveDialect(dialect, world, place, received, response);
    return refuse(world, place, wrongMethod(method, path), response, dialect.spelling);
  }
  const counter = counterAt(path);
  if (counter && method === 'POST') return serveCount(counter, world, place, received, response);
  const kept = checkAuthorisation(place.venue, received) ? null : serveKept(place.kept, method, path);
  if (kept) return void response.writeHead(kept.status, json).end(kept.body);
  if (path.endsWith('/redirected')) world.dials.count(place.venue.id, 'redirectsFollowed');
  if (path === '/v1/models' || path.startsWith('/v1/models/')) {
    const unauthorised = checkAuthorisation(place.venue, received);
    if (unauthorised) return refuse(world, place, unauthorised, response);
    const body = spellModels(world, place, path.slice('/v1/models/'.length));
    if (body && method === 'GET') return void response.writeHead(200, json).end(JSON.stringify(body));
  }
  return refuse(world, place, unknownUrl(method, path), response);
}

/** Counting is free, so it is on no bill; it reaches a model all the same. */
async function serveCount(
  { spelling, count, spell }: Counter,
  world: World,
  place: OpenVenue,
  received: ReceivedRequest,
  response: ServerResponse,
): Promise<void> {
  const counted = count(received.body, received.headers);
  const wrong = checkAuthorisation(place.venue, received) ?? ('error' in counted ? counted.error : null);
  if (wrong || 'error' in counted) return refuse(world, place, wrong ?? venueError(500), response, spelling);
  if (!place.models.has(counted.model)) return refuse(world, place, unknownModel(counted.model), response, spelling);
  response.writeHead(200, json).end(JSON.stringify(spell(counted.tokens)));
}

/** The list, one model, or null where there is none of that name. */
function spellModels(world: World, { venue, models }: OpenVenue, id: string): unknown {
  const spell = (model: string) => ({ id: model, object: 'model', created: world.startedAt, owned_by: venue.id });
  if (id === '') return { object: 'list', data: [...models.keys()].map(spell) };
  const name = decodeURIComponent(id);
  return models.has(name) ? spell(name) : null;
}

/** Calls back with the bytes, or null when there are too many; never when the client leaves first. */
function readBody(request: IncomingMessage, use: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  });
  request.on('end', () =>
    use(bytes > maxBodyBytes ? null : chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)),
  );
  request.on('error', () => chunks.splice(0));
}

function sendError(response: ServerResponse, status: number, requestId: string): void {
  response.writeHead(status, { ...json, 'x-request-id': requestId }).end(spellError(venueError(status)));
}
