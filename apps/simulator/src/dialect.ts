/** A wire format a venue speaks: how a request is read, and how an answer is spelled whole, in pieces and wrongly. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Completion } from './compose-completion.js';
import type { Model } from './config.js';
import type { ChatRequest } from './parse-chat-request.js';
import type { FaultSpelling, Plan } from './plan-response.js';
import type { WireError } from './wire-error.js';
import type { OpenVenue } from './world.js';

export interface Dialect {
  spelling: FaultSpelling;
  parse(body: Buffer, place: OpenVenue, headers: IncomingHttpHeaders): { request: ChatRequest } | { error: WireError };
  plan(completion: Completion, model: Model, request: ChatRequest, place: OpenVenue): Plan;
}
