/** One request to a model at one venue, in whichever dialect: key, body, model, fault, answer, bill. The bill is closed before the client can ask for it. */
import type { ServerResponse } from 'node:http';
import type { Outcome } from './bill.js';
import { checkAuthorisation } from './check-authorisation.js';
import { chatSpelling } from './chat-dialect.js';
import { chooseAnswer } from './choose-answer.js';
import { composeCompletion, type Completion } from './compose-completion.js';
import type { Dialect } from './dialect.js';
import { misbehave } from './misbehave.js';
import type { ChatRequest } from './parse-chat-request.js';
import { type FaultSpelling, type Plan, planError } from './plan-response.js';
import { playPlan, type Played } from './play-plan.js';
import type { ReceivedRequest } from './request-log.js';
import { invalidRequest, unknownModel, type WireError } from './wire-error.js';
import type { OpenVenue, SoldModel, World } from './world.js';

export async function serveDialect(
  dialect: Dialect,
  world: World,
  place: OpenVenue,
  received: ReceivedRequest,
  response: ServerResponse,
): Promise<void> {
  const prepared = prepare(dialect, world, place, received);
  if ('error' in prepared) return refuse(world, place, prepared.error, response, dialect.spelling);
  const { sold, completion, plan } = prepared;
  const venue = place.venue.id;
  if (plan.billing === 'none') {
    world.dials.count(venue, 'refused');
    await playPlan(plan, response);
    return;
  }
  world.dials.count(venue, 'reachedModel');
  const clientRequestId = received.headers['x-client-request-id'];
  world.bill.open({
    requestId: received.requestId,
    clientRequestId: typeof clientRequestId === 'string' ? clientRequestId : null,
    venue,
    model: sold.model.id,
    tier: completion.serviceTier,
    at: received.at,
  });
  const played = await playPlan(plan, response);
  const rates = sold.rates.get(completion.serviceTier);
  if (!rates) throw new Error(`no rates for tier ${completion.serviceTier}`);
  world.bill.close(received.requestId, { rates, ...settle(place, plan, completion, played) });
}

export async function refuse(
  world: World,
  { venue }: OpenVenue,
  error: WireError,
  response: ServerResponse,
  spelling: FaultSpelling = chatSpelling,
): Promise<void> {
  world.dials.count(venue.id, 'refused');
  await playPlan(planError(error, spelling), response);
}

type Prepared = { sold: SoldModel; completion: Completion; plan: Plan } | { error: WireError };

function prepare(dialect: Dialect, world: World, place: OpenVenue, received: ReceivedRequest): Prepared {
  const unauthorised = checkAuthorisation(place.venue, received);
  if (unauthorised) return { error: unauthorised };
  const parsed = dialect.parse(received.body, place, received.headers);
  if ('error' in parsed) return parsed;
  const { request } = parsed;
  const sold = place.models.get(request.model);
  if (!sold) return { error: unknownModel(request.model) };
  world.dials.countModel(place.venue.id, request.model);
  const tooLong = checkContext(sold, request);
  if (tooLong) return { error: tooLong };
  const answer = chooseAnswer(sold.model, request, world.sources);
  if (!answer)
    return { error: invalidRequest('Nobody recorded an answer to this question.', 'messages', 'no_recorded_answer') };
  const fault =
    world.faults.take(place.venue.id, request.model, request.serviceTier) ?? sold.model.defaultFault ?? null;
  const completion = composeCompletion(sold.model, request, answer, {
    id: received.requestId,
    created: Math.floor(Date.now() / 1000),
    serviceTier: request.serviceTier !== null && sold.rates.has(request.serviceTier) ? request.serviceTier : 'default',
    ...cachedOf(sold, request),
  });
  const plan = dialect.plan(completion, sold.model, request, place);
  return { sold, completion, plan: fault ? misbehave(plan, fault) : plan };
}

function cachedOf({ cache }: SoldModel, { prompt, cacheMarks, madeTokens }: ChatRequest) {
  if (madeTokens !== undefined) return { cachedTokens: 0 };
  if (!cacheMarks) return { cachedTokens: cache?.admit(prompt, Date.now()) ?? 0 };
  const marked = cache?.admitMarked(prompt, cacheMarks, Date.now());
  return {
    cachedTokens: marked?.read ?? 0,
    written5mTokens: marked?.written5m ?? 0,
    written1hTokens: marked?.written1h ?? 0,
  };
}

function checkContext({ model }: SoldModel, { promptTokens, maxTokens }: ChatRequest): WireError | null {
  const limit = model.contextTokens;
  if (limit === undefined || promptTokens + (maxTokens ?? 0) <= limit) return null;
  const message = `This model's maximum context length is ${limit} tokens. However, you requested ${promptTokens + (maxTokens ?? 0)} tokens (${promptTokens} in the messages, ${maxTokens ?? 0} in the completion).`;
  return invalidRequest(message, 'messages', 'context_length_exceeded');
}

/**
 * Who walked out of a stream pays by the venue's rule; an answer without stream was whole before its first byte, so
 * walking out of it saves nothing anywhere.
 */
function settle(
  { venue }: OpenVenue,
  plan: Plan,
  { counts }: Completion,
  { ending, generated }: Played,
): { counts: Completion['counts']; outcome: Outcome } {
  const left = ending === 'left' && plan.outcome === 'completed';
  const stopped = left && plan.stream && venue.abortBilling === 'stops';
  const billed = stopped || plan.billing === 'generated' ? generated : counts.completionTokens;
  return { counts: { ...counts, completionTokens: billed }, outcome: left ? 'aborted' : plan.outcome };
}
