/** `/_sim/*`: what a test asks of the simulator and tells it to do. Open to whoever reaches the port. */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { FaultOrder } from './fault.js';
import type { World } from './world.js';

interface OperatorRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Buffer;
}

type Reply = { status: number; body?: unknown };
type Operation = (world: World, request: OperatorRequest) => Reply;

const operations: Record<string, Operation> = {
  'GET /_sim/bill': (world, { query }) => found(world.bill.read(query.get('venue') ?? undefined)),
  'DELETE /_sim/bill': (world) => done(() => world.bill.clear()),
  'GET /_sim/cost-report': (world, { query }) =>
    ofVenue(world, query, (venue) => world.bill.costReport(venue, new Date().toISOString())),
  'GET /_sim/dials': (world) => found(world.dials.read()),
  'GET /_sim/requests': (world, { query }) => ofVenue(world, query, (venue) => world.log.read(venue, readLast(query))),
  'GET /_sim/faults': (world) => found(world.faults.list()),
  'POST /_sim/faults': orderFault,
  'DELETE /_sim/faults': (world) => done(() => world.faults.clear()),
  'POST /_sim/skill': orderSkill,
};

export function serveOperator(world: World, request: OperatorRequest, response: ServerResponse): void {
  const operation = operations[`${request.method} ${request.path}`];
  const reply = operation
    ? operation(world, request)
    : wrong(404, `No such operation. Known: ${Object.keys(operations).join(', ')}`);
  const body = reply.body === undefined ? '' : JSON.stringify(reply.body);
  response.writeHead(reply.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Parses and checks an order; throws an Error that names what is wrong. */
export function readFaultOrder(world: World, input: unknown): FaultOrder {
  const parsed = FaultOrder.safeParse(input);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const place = world.venues.get(parsed.data.venue);
  if (!place) throw new Error(`unknown venue "${parsed.data.venue}"`);
  if (parsed.data.model !== undefined && !place.models.has(parsed.data.model))
    throw new Error(`venue "${parsed.data.venue}" has no model "${parsed.data.model}"`);
  return parsed.data;
}

function orderFault(world: World, { body }: OperatorRequest): Reply {
  try {
    world.faults.add(readFaultOrder(world, JSON.parse(body.toString('utf8'))));
    return { status: 201, body: world.faults.list() };
  } catch (error) {
    return wrong(400, error instanceof Error ? error.message : String(error));
  }
}

const SkillOrder = z.strictObject({
  venue: z.string().min(1),
  model: z.string().min(1),
  accuracy: z.number().min(0).max(1),
});
export type SkillOrder = z.output<typeof SkillOrder>;

/** From the next request on this model answers so well. Throws an Error that names what is wrong. */
export function changeSkill(world: World, input: unknown): SkillOrder {
  const parsed = SkillOrder.safeParse(input);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { venue, model, accuracy } = parsed.data;
  const sold = world.venues.get(venue)?.models.get(model);
  if (!sold) throw new Error(`venue "${venue}" has no model "${model}"`);
  if (sold.model.answer.kind !== 'skill')
    throw new Error(`"${model}" answers by "${sold.model.answer.kind}", not by skill`);
  sold.model = { ...sold.model, answer: { ...sold.model.answer, accuracy } };
  return parsed.data;
}

function orderSkill(world: World, { body }: OperatorRequest): Reply {
  try {
    return found(changeSkill(world, JSON.parse(body.toString('utf8'))));
  } catch (error) {
    return wrong(400, error instanceof Error ? error.message : String(error));
  }
}

function ofVenue(world: World, query: URLSearchParams, read: (venue: string) => unknown): Reply {
  const venue = query.get('venue');
  if (venue === null) return wrong(400, 'Say which venue: ?venue=<id>');
  return world.venues.has(venue) ? found(read(venue)) : wrong(404, `unknown venue "${venue}"`);
}

function readLast(query: URLSearchParams): number | undefined {
  const last = query.get('last');
  return last === null ? undefined : Math.max(0, Math.trunc(Number(last)) || 0);
}

function found(body: unknown): Reply {
  return { status: 200, body };
}

function done(act: () => void): Reply {
  act();
  return { status: 204 };
}

function wrong(status: number, message: string): Reply {
  return { status, body: { error: { message } } };
}
