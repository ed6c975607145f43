/**
 * Turns a good plan into a bad one: one entry per kind of fault. A body without stream is one write, so "after k
 * chunks" is the middle of it there.
 */
import { gzipSync } from 'node:zlib';
import type { Billing, FaultBehaviour, FaultKind } from './fault.js';
import type { Plan, Step } from './plan-response.js';
import { planError } from './plan-response.js';
import { venueError } from './wire-error.js';

type Change = (plan: Plan, fault: FaultBehaviour) => Plan;

interface Misbehaviour {
  billing: Billing;
  outcome: Plan['outcome'];
  change: Change;
}

const neverAnswered = { billing: 'none', outcome: 'failed' } as const;
const cutShort = { billing: 'generated', outcome: 'failed' } as const;
const oddButWhole = { billing: 'full', outcome: 'completed' } as const;
const unreadable = { billing: 'full', outcome: 'failed' } as const;

/** Long enough that what was written is read before a reset can discard it. */
const settleMs = 20;
const settle: Step = { act: 'wait', ms: settleMs };
const noise = (bytes: string | Buffer): Step => ({ act: 'write', bytes, part: 'noise' });
const event = (data: string): Step => noise(`data: ${data}\n\n`);

export const misbehaviours: Record<FaultKind, Misbehaviour> = {
  hang: { ...neverAnswered, change: (plan) => ({ ...plan, steps: [{ act: 'hang' }] }) },
  reset: { ...neverAnswered, change: (plan) => ({ ...plan, steps: [{ act: 'reset' }] }) },
  status: { ...neverAnswered, change: refuse },
  redirect: { ...neverAnswered, change: redirect },
  hang_mid_stream: { ...cutShort, change: (plan, fault) => cutAfter(plan, fault, [{ act: 'hang' }]) },
  reset_mid_stream: { ...cutShort, change: (plan, fault) => cutAfter(plan, fault, [settle, { act: 'reset' }]) },
  half_close: { ...cutShort, change: (plan, fault) => cutAfter(plan, fault, [settle, { act: 'half_close' }]) },
  truncate: { ...cutShort, change: (plan, fault) => cutAfter(unsized(plan), fault, []) },
  error_in_stream: { ...cutShort, change: failInside },
  error_as_data: { ...cutShort, change: failInWords },
  verbatim: { ...oddButWhole, change: sayInstead },
  garbage_sse: { ...oddButWhole, change: (plan, fault) => insertAfter(plan, fault, garbage) },
  huge_event: { ...oddButWhole, change: (plan, fault) => insertAfter(plan, fault, [hugeEvent(plan, fault)]) },
  no_usage: { ...oddButWhole, change: (plan) => rewrite(plan, 'usage', plan.spelling.withoutUsage) },
  usage_twice: { ...oddButWhole, change: (plan) => rewrite(plan, 'usage', plan.spelling.withUsageTwice) },
  usage_inconsistent: { ...oddButWhole, change: (plan) => rewrite(plan, 'usage', plan.spelling.withFalseUsage) },
  comments: { ...oddButWhole, change: keepAlive },
  cr_only_lines: {
    ...oddButWhole,
    change: (plan) => (plan.stream ? rewrite(plan, 'all', (text) => text.replaceAll('\n', '\r')) : plan),
  },
  slow: { ...oddButWhole, change: (plan, fault) => ({ ...plan, byteByByteMs: fault.delayMs ?? 1 }) },
  early_200_pause: {
    ...oddButWhole,
    change: (plan, fault) => ({
      ...plan,
      steps: chain([{ act: 'flush' }, { act: 'wait', ms: fault.delayMs ?? 60_000 }], plan.steps),
    }),
  },
  extra_bytes: {
    ...oddButWhole,
    change: (plan) => ({ ...plan, steps: chain(plan.steps, [{ act: 'spill', bytes: strayResponse }]) }),
  },
  gzip_bomb: { ...oddButWhole, change: inflate },
  wrong_content_length: { ...unreadable, change: missize },
  empty_body: {
    ...unreadable,
    change: (plan) => ({ ...plan, headers: sizedHeaders(plan, 0), steps: [{ act: 'flush' }] }),
  },
  invalid_json: { ...unreadable, change: breakJson },
};

/** The plan as the fault would have it; its bill too, unless the fault says otherwise. */
export function misbehave(plan: Plan, fault: FaultBehaviour): Plan {
  const { billing, outcome, change } = misbehaviours[fault.kind];
  const changed = change(plan, fault);
  const wait: Step[] =
    fault.delayMs !== undefined && delaysFirst.has(fault.kind) ? [{ act: 'wait', ms: fault.delayMs }] : [];
  const steps = wait.length > 0 ? chain(wait, changed.steps) : changed.steps;
  return { ...changed, steps, billing: fault.billing ?? billing, outcome };
}

/** Kinds that read delayMs as time before they happen. */
const delaysFirst = new Set<FaultKind>(['reset', 'status', 'redirect', 'empty_body']);

function refuse({ spelling }: Plan, fault: FaultBehaviour): Plan {
  const plan = planError(venueError(fault.status ?? 500), spelling);
  if (fault.retryAfter !== undefined) plan.headers['retry-after'] = String(fault.retryAfter);
  return plan;
}

function redirect(plan: Plan, fault: FaultBehaviour): Plan {
  const headers = { location: fault.location ?? 'redirected', 'content-length': 0 };
  return { ...plan, status: fault.status ?? 307, headers, steps: [{ act: 'flush' }] };
}

function failInside(plan: Plan, fault: FaultBehaviour): Plan {
  const wrong = venueError(fault.status ?? 503);
  if (plan.stream) return cutAfter(plan, fault, [noise(plan.spelling.errorEvent(wrong))]);
  const error = plan.spelling.error(wrong);
  return { ...plan, headers: sizedHeaders(plan, Buffer.byteLength(error)), steps: [noise(error)] };
}

function failInWords(plan: Plan, fault: FaultBehaviour): Plan {
  const { errorAsData } = plan.spelling;
  if (!plan.stream || !errorAsData) return failInside(plan, fault);
  return cutAfter(plan, fault, [noise(errorAsData(venueError(fault.status ?? 503)))]);
}

/** Each piece is a write of its own, and the next one waits for another turn of the event loop. */
function sayInstead(plan: Plan, { body = '', cuts = [] }: FaultBehaviour): Plan {
  const bytes = Buffer.from(body);
  const ends = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) => a - b);
  const steps = ends.flatMap((end, index): Step[] => [
    noise(bytes.subarray(ends[index - 1] ?? 0, end)),
    { act: 'wait', ms: 0 },
  ]);
  return { ...plan, headers: plan.stream ? plan.headers : sizedHeaders(plan, bytes.length), steps };
}

const garbage: Step[] = [
  noise('event: \u0000\n: \ufeff\nretry: never\nid\n\n'),
  noise(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xff, 0xfe, 0xc3, 0x28, 0x0a, 0x0a])),
  event('{"id":"chatcmpl-'),
  noise('<html><body>502 Bad Gateway</body></html>\r\n\r\n'),
];

const strayResponse = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"stray":"yes"}';

function hugeEvent({ spelling }: Plan, { bytes = 10_000_000 }: FaultBehaviour): Step {
  return noise(spelling.idleEvent('x'.repeat(bytes)));
}

function keepAlive(plan: Plan, { delayMs = 0 }: FaultBehaviour): Plan {
  const comment: Step = noise(plan.stream ? ': keep-alive\n\n' : '\n');
  const steps = function* (): Generator<Step> {
    yield comment;
    for (const step of plan.steps) {
      yield step;
      if (step.act === 'write' && plan.stream && step.part !== 'done') yield comment;
      if (delayMs > 0) yield { act: 'wait', ms: delayMs };
    }
  };
  return { ...unsized(plan), steps: steps() };
}

function inflate(plan: Plan, { bytes = 10_000_000 }: FaultBehaviour): Plan {
  const padding = Buffer.alloc(bytes, ' ');
  const body = gzipSync(
    Buffer.concat(plan.stream ? [Buffer.from(':'), padding, Buffer.from('\n\n'), join(plan)] : [join(plan), padding]),
  );
  return { ...plan, headers: { ...sizedHeaders(plan, body.length), 'content-encoding': 'gzip' }, steps: [noise(body)] };
}

function missize(plan: Plan, { lengthError = 10 }: FaultBehaviour): Plan {
  const body = join(plan);
  const headers = { ...plan.headers, 'content-length': Math.max(0, body.length + lengthError) };
  return { ...plan, headers, steps: [noise(body), settle, { act: 'half_close' }] };
}

function breakJson(plan: Plan, fault: FaultBehaviour): Plan {
  if (plan.stream) return insertAfter(plan, fault, [noise(plan.spelling.brokenEvent)]);
  const body = join(plan);
  const half = body.subarray(0, Math.floor(body.length / 2));
  return { ...plan, headers: sizedHeaders(plan, half.length), steps: [noise(half)] };
}

/** The whole body at once: for faults that must know its size. */
function join(plan: Plan): Buffer {
  const pieces: Buffer[] = [];
  for (const step of plan.steps) if (step.act === 'write') pieces.push(Buffer.from(step.bytes));
  return Buffer.concat(pieces);
}

function* chain(...parts: Iterable<Step>[]): Generator<Step> {
  for (const part of parts) yield* part;
}

function unsized(plan: Plan): Plan {
  const { 'content-length': _, ...headers } = plan.headers;
  return { ...plan, headers };
}

function sizedHeaders(plan: Plan, bytes: number): Plan['headers'] {
  return { ...plan.headers, 'content-length': bytes };
}

/** Lets `afterChunks` content chunks pass (1 unless told; never the finish), then ends with `tail`. */
function cutAfter(plan: Plan, { afterChunks = 1 }: FaultBehaviour, tail: Step[]): Plan {
  const steps = function* (): Generator<Step> {
    let passed = 0;
    for (const step of plan.steps) {
      if (step.act === 'write' && step.part === 'body') {
        const body = Buffer.from(step.bytes);
        const half = afterChunks === 0 ? 0 : Math.floor(body.length / 2);
        yield { ...step, bytes: body.subarray(0, half) };
        break;
      }
      if (step.act === 'write' && (passed === afterChunks || step.part === 'finish')) break;
      yield step;
      if (step.act === 'write' && step.part === 'content') passed += 1;
    }
    yield { act: 'flush' };
    yield* tail;
  };
  return { ...plan, steps: steps() };
}

/** Streams only: lets `afterChunks` content chunks pass, inserts, goes on. */
function insertAfter(plan: Plan, { afterChunks = 1 }: FaultBehaviour, inserted: Step[]): Plan {
  if (!plan.stream) return plan;
  const steps = function* (): Generator<Step> {
    let passed = 0;
    let due = true;
    for (const step of plan.steps) {
      if (due && step.act === 'write' && (passed === afterChunks || step.part === 'finish')) {
        yield* inserted;
        due = false;
      }
      yield step;
      if (step.act === 'write' && step.part === 'content') passed += 1;
    }
  };
  return { ...plan, steps: steps() };
}

/** Rewrites the text of the steps that carry usage (or of all), and the content-length with it. */
function rewrite(plan: Plan, which: 'usage' | 'all', change: (text: string) => string): Plan {
  const steps = function* (): Generator<Step> {
    for (const step of plan.steps) {
      const concerned = step.act === 'write' && (which === 'all' || step.part === 'usage' || step.part === 'body');
      yield concerned ? { ...step, bytes: change(step.bytes.toString()) } : step;
    }
  };
  if (plan.stream) return { ...plan, steps: steps() };
  const rewritten = [...steps()];
  return { ...plan, headers: sizedHeaders(plan, join({ ...plan, steps: rewritten }).length), steps: rewritten };
}
