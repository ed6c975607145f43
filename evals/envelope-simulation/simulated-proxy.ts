/** A proxy of the product's own parts, wired as its module wires them, on a simulated disk, desk and network. */
import { createSecretKey } from 'node:crypto';
import type { EnvelopeDesk, HoldAnswer, HoldRequest, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { openAiChat } from '#protocols/openai-chat/openai-chat.js';
import { batchByTurn } from '#runtime/batch-by-turn.js';
import { makeLog } from '#runtime/log.js';
import { newId } from '#runtime/new-id.js';
import { Breaker } from '#venues/breaker.js';
import { RetryBudget } from '#venues/retry-budget.js';
import { AttemptJournal } from '../../apps/proxy/src/attempt-journal.js';
import { CapacityView } from '../../apps/proxy/src/capacity-view.js';
import { KeptAnswers } from '../../apps/proxy/src/kept-answers.js';
import { KeyRing } from '../../apps/proxy/src/key-ring.js';
import { LocalKnowledge } from '../../apps/proxy/src/local-knowledge.js';
import { OnTheRecord } from '../../apps/proxy/src/on-the-record.js';
import { PresentAttempts } from '../../apps/proxy/src/present-attempts.js';
import { ProxyMetrics } from '../../apps/proxy/src/proxy-metrics.js';
import { leftBehind } from '../../apps/proxy/src/read-journal.js';
import { releaseUnsent } from '../../apps/proxy/src/release-unsent.js';
import { RecordCall } from '../../apps/proxy/src/record-call.js';
import { SendAttempt } from '../../apps/proxy/src/send-attempt.js';
import { RequestRates } from '../../apps/proxy/src/request-rates.js';
import { ServeCall } from '../../apps/proxy/src/serve-call.js';
import { SettleAttempt } from '../../apps/proxy/src/settle-attempt.js';
import type { SimulatedClient } from './simulated-client.js';
import type { SimulatedDisk } from './simulated-disk.js';
import type { SimulatedVenues } from './simulated-venue.js';
import { type Caller, keys, pepper } from './small-world.js';
import type { SimulatedProcess, VirtualTime } from './virtual-time.js';

export interface SimulatedCall {
  caller: Caller;
  useCase: string | undefined;
  model: string;
  stream: boolean;
  maxTokens: number;
}

export interface ProxyPlace {
  time: VirtualTime;
  desk: EnvelopeDesk;
  disk: SimulatedDisk;
  venues: SimulatedVenues;
  index: RoutingIndex;
}

const batchMax = 64;
/** A few lines, not a busy proxy's: thousands of proxies are started here. */
const scratchBytes = 16 * 1024;
const directory = 'journal';
const masterKey = Buffer.alloc(32, 1);
const digestKey = createSecretKey(masterKey);
const log = makeLog('simulation', 'silent');
const metrics = new ProxyMetrics();
const nothingKept: MirrorStore = {
  put: () => Promise.resolve(true),
  get: () => Promise.resolve(null),
  delete: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
const feed = {
  keysSince: (sequence: number) =>
    Promise.resolve(keys.map((key, n) => ({ sequence: n + 1, key })).filter((delta) => delta.sequence > sequence)),
};

export class SimulatedProxy {
  private releasedUnsent = false;

  private constructor(
    readonly process: SimulatedProcess,
    private readonly time: VirtualTime,
    private readonly serveCall: ServeCall,
    readonly journal: AttemptJournal,
    readonly settle: SettleAttempt,
  ) {}

  /** As `startProxy` does: what a predecessor left behind is ended first. */
  static async start(process: SimulatedProcess, place: ProxyPlace): Promise<SimulatedProxy> {
    const { time, desk, disk, venues, index } = place;
    const left = await leftBehind(directory, disk);
    const journal = new AttemptJournal(directory, disk, scratchBytes);
    const settle = new SettleAttempt(
      batchByTurn<Settlement, SettleAnswer>((batch) => desk.settle(batch), batchMax),
      journal,
      log,
    );
    const ring = new KeyRing(feed, pepper);
    await ring.refresh();
    const record = new RecordCall(
      new OnTheRecord(digestKey),
      journal,
      settle,
      { keep: () => undefined, mirror: () => undefined },
      metrics,
    );
    const serveCall = new ServeCall({
      snapshot: { current: () => index },
      keys: ring,
      local: new LocalKnowledge(new Breaker(), new CapacityView({ capacity: () => Promise.resolve(null) }), digestKey),
      hold: batchByTurn<HoldRequest, HoldAnswer>((batch) => desk.hold(batch), batchMax),
      send: new SendAttempt(venues, masterKey),
      retries: new RetryBudget(),
      rates: new RequestRates(async () => null),
      record,
      kept: new KeptAnswers(nothingKept, digestKey, masterKey, () => undefined),
      newAttemptId: (nowMs) => journal.newAttemptId(nowMs),
    });
    await settle.adopt(left);
    const snapshot = { current: () => index };
    const proxy = new SimulatedProxy(process, time, serveCall, journal, settle);
    const unsent = async () =>
      (proxy.releasedUnsent = await releaseUnsent({ desk, snapshot, settle, log }, left, Date.now()));
    new PresentAttempts(desk, journal, settle, log, unsent).start();
    return proxy;
  }

  /** Returns the id of the call. */
  call(
    { caller, useCase, model, stream, maxTokens }: SimulatedCall,
    client: SimulatedClient,
    onBug: (error: unknown) => void,
  ): string {
    return this.time.as(this.process, () => {
      const admittedAtMs = Date.now();
      const callId = newId(admittedAtMs);
      const messages = [{ role: 'user', content: 'hello' }];
      const inbound = {
        callId,
        admittedAtMs,
        startedAt: performance.now(),
        protocol: openAiChat,
        body: Buffer.from(JSON.stringify({ model, stream, max_tokens: maxTokens, messages })),
        authorization: caller.authorization,
        forwarded: {},
        useCase,
        tag: undefined,
        streamCost: false,
      };
      this.serveCall.serve(inbound, client.response).catch(onBug);
      return callId;
    });
  }

  /** Nothing it knows of waits for desk or ledger any more. */
  get isDone(): boolean {
    const { open, ended } = this.journal.attempts();
    return this.releasedUnsent && open.length + ended.length + this.settle.waiting === 0;
  }
}
