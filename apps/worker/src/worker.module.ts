/** The whole wiring of the worker on one page. Plain classes, explicit tokens, no scope but the singleton. */
import { type DynamicModule, Module } from '@nestjs/common';
import type { HoldAnswer, HoldRequest, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { KeepJob, MirrorJob } from '#contracts/jobs.js';
import type { Venue } from '#contracts/venue.js';
import type { CallToOpen, EvidenceRow, RowEnding } from '#postgres/evidence/evidence.store.js';
import { queueConnection } from '#queues/queue-connection.js';
import { queueNames } from '#queues/queue-names.js';
import { WebhookQueue } from '#queues/webhook-queue.js';
import type { Log } from '#runtime/log.js';
import { newId } from '#runtime/new-id.js';
import { credentialAad, keyFromHex, open as openSealed, openText } from '#runtime/seal.js';
import { ScriptSandbox } from '#runtime/sandbox/script-sandbox.js';
import { WebhookClient } from '#venues/post-webhook.js';
import { inputAad, type CaseInput } from '#domain/suite/suite-hash.js';
import { keepSample } from './shadow/keep-sample.js';
import { replaySuites, type ReplaySuiteParts } from './shadow/replay-suite.js';
import { VenueClient } from '#venues/venue-client.js';
import { CallJobProcessor, type CallJobProcessorParts } from './call-job.processor.js';
import { deliverAlert } from './envelopes/deliver-alert.js';
import { WebhookProcessor, type WebhookProcessorParts } from './envelopes/webhook.processor.js';
import { CurrentIndex } from './current-index.js';
import type { WorkerSettings } from './env.js';
import { isCanary, scoreCanary, type ScoreCanaryParts } from './shadow/score-canary.js';
import { gather } from './gather.js';
import { AskOutside } from './grade/ask-outside.js';
import { keepJudged } from './grade/keep-judged.js';
import { GradeCalls } from './grade/grade-calls.js';
import { HealthController } from './health.controller.js';
import { keepPayload, type KeepPayloadParts } from './payloads/keep-payload.js';
import { openSigningKey, signersOf } from './ledger/signing-key.js';
import { settleDurably } from './settle-durably.js';
import { requireOneProcessorEach } from './one-processor-each.js';
import { sendQuestion } from './shadow/send-replay.js';
import { replayMirrored, type ReplayMirroredParts } from './shadow/replay-mirrored.js';
import { WorkerLoops } from './worker-loops.js';
import { WorkerMetrics } from './worker-metrics.js';
import type { WorkerStores } from './worker-stores.js';

/** What replays ask of a store within this time travels in one call. */
const keptAtOnce = 8;
const gathering = { delayMs: 5, batchMax: 100 };

/** Everything of a running worker that must be started or closed in order. */
export interface WorkerParts {
  snapshot: CurrentIndex;
  loops: WorkerLoops;
  processors: { queue: string; start(): Promise<void>; close(): Promise<void> }[];
  webhooks: { queue: WebhookQueue; client: WebhookClient };
  venues: VenueClient;
  sandbox: ScriptSandbox;
  stores: WorkerStores;
  metrics: WorkerMetrics;
}

export function buildWorker(
  settings: WorkerSettings,
  stores: WorkerStores,
  log: Log,
): { module: DynamicModule; parts: WorkerParts } {
  const oneMachine = settings.O10_SUPERVISED === '1' || (!settings.REDIS_URL && !settings.REDIS_CLUSTER);
  const signingKey = openSigningKey(settings.O10_SIGNING_KEY_FILE, oneMachine);
  const signerOf = signersOf(signingKey, settings.O10_SIGNING_KEY_FILE, settings.O10_LEDGER_ORIGIN);
  const metrics = new WorkerMetrics();
  const venues = new VenueClient();
  const sandbox = new ScriptSandbox();
  const connection = queueConnection(
    { redisUrl: settings.REDIS_URL ?? null, databaseUrl: settings.DATABASE_URL },
    { migrate: true },
  );
  const webhooks = { queue: new WebhookQueue(connection), client: new WebhookClient() };
  const snapshot: CurrentIndex = new CurrentIndex(stores.feed, log, () => loops.snapshotChanged());
  const evaluate = (job: MirrorJob) =>
    isCanary(job) ? scoreCanary(canaryParts, job) : replayMirrored(replayParts, job);
  const loops: WorkerLoops = new WorkerLoops({
    settings,
    stores,
    snapshot,
    signerOf,
    metrics,
    log,
    voidPlace: (job) => evaluate({ ...job, pointer: null }),
    webhooks: webhooks.queue,
    replaySuites: (nowMs) => replaySuites(suiteParts({ settings, stores, snapshot }, replayParts), nowMs),
  });
  const replayParts = shadowParts({ settings, stores, snapshot, loops, venues, sandbox, metrics, log });
  const canaryParts: ScoreCanaryParts = {
    ...replayParts,
    openCanary: (call) => stores.canaries.open(call),
    claimPair: (attemptId) => stores.canaries.claim(attemptId),
    endCanary: (ending) => stores.canaries.end(ending),
  };
  const jobs = {
    connection,
    lockMs: settings.O10_JOB_LOCK_SECONDS * 1_000,
    metrics,
    log,
  };
  const mirror = new CallJobProcessor('mirror', {
    ...jobs,
    concurrency: settings.O10_SHADOW_CONCURRENCY,
    work: evaluate,
    giveUp: async ({ callId, line }) => {
      if (line.canary) await stores.canaries.end({ callId, state: 'void', reason: 'not_sent' });
      else await stores.evidence.giveUp(callId, 'not_sent');
    },
  });
  const keep = keepProcessor(jobs, { ...replayParts, ...stores, nowMs: Date.now });
  const alerts = alertProcessor({ settings, stores, connection, client: webhooks.client, metrics, log });
  const processors = [mirror, keep, alerts];
  requireOneProcessorEach(Object.values(queueNames), processors);
  const module: DynamicModule = {
    module: WorkerModule,
    controllers: [HealthController],
    providers: [
      { provide: CurrentIndex, useValue: snapshot },
      { provide: WorkerMetrics, useValue: metrics },
    ],
  };
  return { module, parts: { snapshot, loops, processors, webhooks, venues, sandbox, stores, metrics } };
}

const samplesKept =
  (stores: WorkerStores, sealKey: Buffer, log: Log): ReplayMirroredParts['keepSample'] =>
  ({ definition }, job, call) =>
    keepSample({ keep: (sample) => stores.suitePasses.keepSample(sample), sealKey }, definition, job, call).catch(
      (error: unknown) => log.warn({ error: String(error) }, 'a sampled call is not kept for the suite'),
    );

function suiteParts(
  { settings, stores, snapshot }: Pick<ShadowSources, 'settings' | 'stores' | 'snapshot'>,
  replay: ReplayMirroredParts,
): ReplaySuiteParts {
  const { suites } = stores.admin;
  return {
    ...replay,
    organisation: settings.ORGANISATION,
    current: () => snapshot.current(),
    passes: stores.suitePasses,
    suite: async (useCase, which) => {
      const current = await suites.current(useCase);
      const cases = await suites.replayable(useCase, which);
      return current && { uploadedAtMs: Date.parse(current.uploadedAt), cases };
    },
    input: async (useCase, digest) => {
      const sealed = await suites.input(useCase, digest);
      return (
        sealed && (JSON.parse(openSealed(replay.sealKey, sealed, inputAad(useCase, digest)).toString()) as CaseInput)
      );
    },
  };
}

type ShadowSources = WorkerPartsForShadow & { settings: WorkerSettings; log: Log };
type WorkerPartsForShadow = Omit<WorkerParts, 'processors' | 'webhooks'>;

interface AlertSources extends Pick<WebhookProcessorParts, 'connection' | 'metrics' | 'log'> {
  settings: WorkerSettings;
  stores: WorkerStores;
  client: WebhookClient;
}

function alertProcessor({ settings, stores, client, ...rest }: AlertSources): WebhookProcessor {
  const told = { ...stores, client, masterKey: keyFromHex(settings.O10_MASTER_KEY), nowMs: Date.now };
  return new WebhookProcessor({ ...rest, deliver: (job, last) => deliverAlert(told, job, last) });
}

function keepProcessor(
  jobs: Pick<CallJobProcessorParts<'keep'>, 'connection' | 'lockMs' | 'metrics' | 'log'>,
  parts: KeepPayloadParts,
): CallJobProcessor<'keep'> {
  const work = (job: KeepJob) => keepPayload(parts, job);
  // The copy is gone at the end of its time; what could not be kept is counted as a job given up.
  return new CallJobProcessor('keep', { ...jobs, concurrency: keptAtOnce, work, giveUp: () => Promise.resolve() });
}

function shadowParts({
  settings,
  stores,
  snapshot,
  loops,
  venues,
  sandbox,
  metrics,
  log,
}: ShadowSources): ReplayMirroredParts {
  const masterKey = keyFromHex(settings.O10_MASTER_KEY);
  const grading = new GradeCalls(stores.admin.suites);
  const { evidence, desk, ledger } = stores;
  const hold = gather<HoldRequest, HoldAnswer>((batch) => desk.hold(batch), gathering);
  const settle = gather<Settlement, SettleAnswer>((batch) => settleDurably({ desk, ledger, log }, batch), gathering);
  const credentialOf = (venue: Venue) =>
    venue.sealedCredential === null ? null : openText(masterKey, venue.sealedCredential, credentialAad(venue));
  const deadlineMs = settings.O10_REPLAY_DEADLINE_SECONDS * 1_000;
  const outside = new AskOutside({
    sandbox,
    hold,
    settle,
    send: (request) => sendQuestion(venues, request, deadlineMs),
    credentialOf,
    newId,
    count: (outcome) => metrics.judgements.inc({ outcome }),
  });
  const open = gather<CallToOpen, EvidenceRow[]>(async (calls) => {
    const byCall = Map.groupBy(await evidence.open(calls), (row) => row.callId);
    return calls.map(({ callId }) => byCall.get(callId) ?? []);
  }, gathering);
  const claim = gather<string, boolean>(async (ids) => {
    const ours = await evidence.claim(ids);
    return ids.map((id) => ours.has(id));
  }, gathering);
  const end = gather<RowEnding, void>(async (endings) => {
    await evidence.end(endings);
    return endings.map(() => undefined);
  }, gathering);
  return {
    mirror: stores.mirror,
    sealKey: masterKey,
    snapshotAtLeast: (version) => snapshot.atLeast(version),
    question: (useCase, call, { job, index }) => {
      const of = { job, index, useCase: useCase.definition };
      return grading.question(
        useCase,
        call,
        (need) => outside.find(need, of),
        (judged) =>
          keepJudged({ keep: (pair) => stores.labels.keep(pair), sealKey: masterKey, newId }, of, judged).catch(
            (error: unknown) => log.warn({ error: String(error) }, 'a judged answer is not kept for labels'),
          ),
      );
    },
    open,
    claim,
    end,
    hold,
    settle,
    venues,
    credentialOf,
    newId,
    deadlineMs,
    keepSample: samplesKept(stores, masterKey, log),
    grown: (useCase) => loops.grown(useCase),
    metrics,
    log,
  };
}

@Module({})
export class WorkerModule {}
