/**
 * Venues that keep their own bill, in integers and by their own arithmetic, and misbehave as drawn: they fail before and
 * after the first byte, forget their usage, go silent, and go on billing when nobody listens.
 */
import type { Venue } from '#contracts/venue.js';
import type { AnswerSink, SendHandle, VenueRequest } from '#venues/venue-client.js';
import { VenueFault, type VenueFaultCode } from '#venues/venue-fault.js';
import { currentProcess, type SimulatedProcess, type VirtualTime } from './virtual-time.js';

export interface BilledAttempt {
  attemptId: string;
  sender: SimulatedProcess | undefined;
  /** Null while it is under way. */
  picoUsd: bigint | null;
  /** It was said to the end, with its usage. */
  told: boolean;
}

/** As the price list says; written down a second time, on purpose. */
const picoUsdPerToken = {
  big: { input: 2_500_000n, output: 10_000_000n },
  small: { input: 150_000n, output: 600_000n },
};

const misbehaviours = [
  'answers',
  'answers',
  'answers',
  'answers',
  'answers',
  'fails',
  'unreachable',
  'resets',
  'stalls',
  'forgets usage',
] as const;

/** Slow answers outlast a rebuild of the desk; a pause is shorter than a venue's row waits for the next byte. */
const slowShare = 0.5;
const pauseMaxMs = 1_400;

interface Asked {
  model: 'big' | 'small';
  stream: boolean;
  input: number;
  output: number;
}

export class SimulatedVenues {
  readonly billed = new Map<string, BilledAttempt>();
  /** Attempts that were sent twice. */
  readonly repeated: string[] = [];

  constructor(
    private readonly time: VirtualTime,
    private readonly onDispatch: (attempt: BilledAttempt) => void,
  ) {}

  send(request: VenueRequest, sink: AnswerSink): SendHandle {
    const { time } = this;
    const how = time.pick(misbehaviours);
    const asked = this.readAsked(request);
    const attempt: BilledAttempt = {
      attemptId: request.requestId,
      sender: currentProcess(),
      picoUsd: null,
      told: false,
    };
    const answer = new VenueAnswer(request.venue, asked, attempt, sink, time);
    if (how === 'unreachable') return answer.play([[time.between(1, 20), () => answer.unreachable()]]);
    answer.requestSent = true;
    if (this.billed.has(request.requestId)) this.repeated.push(request.requestId);
    this.billed.set(request.requestId, attempt);
    this.onDispatch(attempt);
    return answer.play(scriptOf(how, asked, answer, time));
  }

  private readAsked({ body, venue }: VenueRequest): Asked {
    const {
      model,
      stream = false,
      max_tokens: most = 1,
    } = JSON.parse(body.toString()) as {
      model: 'big' | 'small';
      stream?: boolean;
      max_tokens?: number;
    };
    if (!(model in picoUsdPerToken)) throw new Error(`${venue.id} does not sell ${model}`);
    return { model, stream, input: Math.ceil(body.length / 4), output: this.time.between(1, most) };
  }
}

type Step = [afterMs: number, work: () => void];
type Misbehaviour = Exclude<(typeof misbehaviours)[number], 'unreachable'>;

function scriptOf(how: Misbehaviour, asked: Asked, answer: VenueAnswer, time: VirtualTime): Step[] {
  const isSlow = time.chance(slowShare);
  const soon = () => (isSlow ? time.between(200, pauseMaxMs) : time.between(1, 40));
  switch (how) {
    case 'fails':
      return [
        [soon(), () => answer.head(500)],
        [1, () => answer.error()],
      ];
    case 'resets':
      return [[soon(), () => answer.fault('reset')]];
    case 'stalls':
      return [
        [soon(), () => answer.head(200)],
        [soon(), () => answer.piece(1)],
        [1_500, () => answer.fault('timeout_idle')],
      ];
    case 'forgets usage':
    case 'answers': {
      const pieces = asked.stream ? 3 : 1;
      return [
        [soon(), () => answer.head(200)],
        ...Array.from({ length: pieces }, (_, n): Step => [soon(), () => answer.piece((n + 1) / pieces)]),
        [soon(), () => answer.finish(how === 'answers')],
      ];
    }
  }
}

class VenueAnswer implements SendHandle {
  requestSent = false;
  private over = false;
  private headSeen = false;
  private bytesSeen = false;
  private share = 0;

  constructor(
    private readonly venue: Venue,
    private readonly asked: Asked,
    private readonly attempt: BilledAttempt,
    private readonly sink: AnswerSink,
    private readonly time: VirtualTime,
  ) {}

  /** What the venue does, it does whoever listens; what is heard of it is heard by who asked. */
  play(steps: Step[]): SendHandle {
    let atMs = 0;
    for (const [afterMs, work] of steps) {
      atMs += afterMs;
      this.time.outside(() => this.time.after(atMs, () => !this.over && work()));
    }
    return this;
  }

  head(status: number): void {
    this.headSeen = true;
    const type = this.asked.stream && status < 400 ? 'text/event-stream' : 'application/json';
    this.hear(() => this.sink.onHead(status, { 'content-type': type }));
  }

  piece(share: number): void {
    this.share = share;
    if (!this.asked.stream) return;
    const delta = { index: 0, delta: { content: ` ${this.attempt.attemptId}` }, finish_reason: null };
    this.data(`data: ${JSON.stringify({ ...this.chunk(), choices: [delta] })}\n\n`);
  }

  finish(withUsage: boolean): void {
    this.bill(1n, 1n);
    this.attempt.told = withUsage;
    const { input, output, stream } = this.asked;
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    if (stream) {
      const last = { index: 0, delta: {}, finish_reason: 'stop' };
      this.data(`data: ${JSON.stringify({ ...this.chunk(), choices: [last] })}\n\n`);
      if (withUsage) this.data(`data: ${JSON.stringify({ ...this.chunk(), choices: [], usage })}\n\n`);
      this.data('data: [DONE]\n\n');
    } else {
      const message = { role: 'assistant', content: this.attempt.attemptId };
      const body = { id: 'x', object: 'chat.completion', model: this.asked.model };
      const choices = [{ index: 0, finish_reason: 'stop', message }];
      this.data(JSON.stringify({ ...body, choices, ...(withUsage ? { usage } : {}) }));
    }
    this.end();
  }

  error(): void {
    this.bill(0n, 1n);
    this.data(JSON.stringify({ error: { message: 'down' } }));
    this.end();
  }

  unreachable(): void {
    this.breakOff('unreachable');
  }

  /** A venue that broke off may have billed nothing, or what it had made, or all of it. */
  fault(code: VenueFaultCode): void {
    this.bill(this.time.pick([0n, 1n, 2n]), 2n);
    this.breakOff(code);
  }

  resume(): void {}

  abort(): void {
    if (this.over) return;
    if (this.venue.abortStopsBilling) this.bill(BigInt(Math.round(this.share * 4)), 4n);
    else this.bill(1n, 1n);
    this.breakOff('aborted');
  }

  private breakOff(code: VenueFaultCode): void {
    this.over = true;
    const { requestSent, headSeen, bytesSeen } = this;
    this.hear(() => this.sink.onFault(new VenueFault(code, this.venue.id, code), { requestSent, headSeen, bytesSeen }));
  }

  private bill(part: bigint, of: bigint): void {
    const { input, output, model } = this.asked;
    const price = picoUsdPerToken[model];
    this.attempt.picoUsd = ((BigInt(input) * price.input + BigInt(output) * price.output) * part) / of;
  }

  private chunk() {
    return { id: 'x', object: 'chat.completion.chunk', model: this.asked.model };
  }

  private data(text: string): void {
    this.bytesSeen = true;
    this.hear(() => this.sink.onData(Buffer.from(text)));
  }

  private end(): void {
    this.over = true;
    this.hear(() => this.sink.onEnd());
  }

  private hear(work: () => unknown): void {
    if (this.attempt.sender?.alive !== false) this.time.as(this.attempt.sender, work);
  }
}
