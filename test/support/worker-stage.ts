/** A stage for specs of the worker: a database, venues of the simulator, one use case with candidates, and a proxy's side of it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Envelope } from '#contracts/envelope.js';
import type { MirrorJob } from '#contracts/jobs.js';
import type { PriceRow } from '#contracts/price.js';
import { PriceRow as PriceRowSchema } from '#contracts/price.js';
import { mirrorLifetimeMs } from '#contracts/mirror-store.js';
import type { Venue } from '#contracts/venue.js';
import { clusterOf, inputDigestOf } from '#domain/gate/case-key.js';
import { priceBookHashOf } from '#domain/pricing/price-book.js';
import { assembleSnapshot } from '#domain/routing/assemble-snapshot.js';
import { type RoutingIndex, routingIndexOf } from '#domain/routing/routing-index.js';
import { Snapshot } from '#contracts/snapshot.js';
import { route, useCase, venue } from '#postgres/admin/admin-fixture.spec-data.js';
import { type Publishing, publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { UseCaseDefinition } from '#postgres/admin/use-case.store.js';
import { queueConnection } from '#queues/queue-connection.js';
import { CallJobQueue } from '#queues/call-job-queue.js';
import { makeLog } from '#runtime/log.js';
import { newId } from '#runtime/new-id.js';
import { credentialAad, seal, sealText } from '#runtime/seal.js';
import { type Simulator, startSimulator } from '../../apps/simulator/src/start-simulator.js';
import { createDatabase, type TestDatabase } from './database.js';
import { WorkerSettings } from '../../apps/worker/src/env.js';
import { startWorker } from '../../apps/worker/src/start-worker.js';
import { buildWorker, type WorkerParts } from '../../apps/worker/src/worker.module.js';
import { type WorkerStores, workerStores } from '../../apps/worker/src/worker-stores.js';

export const masterKey = randomBytes(32);
const organisation = 'acme';

/** `large` knows every ticket; `small` too; `dull` knows few; each at a venue of its own. */
const simulated = (id: string, model: string, accuracy: number, calls?: Record<string, unknown>) => ({
  id,
  apiKey: `sk-${id}`,
  models: [
    {
      id: model,
      answer: { kind: 'skill' as const, accuracy, ...(calls && { toolCall: { arguments: calls } }) },
      prices: { inputPerMillion: '1', outputPerMillion: '2' },
    },
  ],
});

const judgeModel = (text: string, calls?: Record<string, unknown>) => ({
  id: 'judge',
  answer: { kind: 'fixed' as const, text, ...(calls && { toolCall: { arguments: calls } }) },
  prices: { inputPerMillion: '1', outputPerMillion: '2' },
});

export interface StageOptions {
  /** One that may be killed; by default a database of the server all suites share. */
  database?: TestDatabase;
  useCase?: Partial<UseCaseDefinition>;
  venues?: Partial<Record<'north' | 'south' | 'west', Partial<Venue>>>;
  envelopes?: Envelope[];
  settings?: Partial<Record<string, string>>;
  /** Cases of the suite; tickets 0…n−1. */
  tickets?: number;
  unpriced?: string[];
  /** What `court/judge`, a route of a family of its own, says to everything. */
  judge?: string;
  /** What it calls any tool with that it is offered. */
  judgeCalls?: Record<string, unknown>;
  /** What each calls a tool with that it is offered; without, it answers in words. */
  calls?: Partial<Record<'north' | 'south' | 'west', Record<string, unknown>>>;
  /** `east/fair` beside the other two, as good as `small`. */
  thirdCandidate?: boolean;
  /** east sells cheapest, south at twice and north at ten times its price; otherwise all at the same. */
  dearBaseline?: boolean;
}

export interface MirrorOptions {
  ticket?: number;
  /** Without one, the next. */
  position?: number;
  cluster?: string;
  pointer?: 'kept' | null;
  job?: Partial<MirrorJob>;
  callId?: string;
}

export class Stage {
  running: { parts: WorkerParts; close(): Promise<void> } | null = null;
  private position = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly simulator: Simulator,
    readonly sql: pg.Pool,
    readonly stores: WorkerStores,
    readonly settings: WorkerSettings,
    readonly publishing: Publishing,
    readonly queue: CallJobQueue<'mirror'>,
    private readonly folder: string,
  ) {}

  static async open(options: StageOptions = {}): Promise<Stage> {
    const database = options.database ?? (await createDatabase());
    const simulator = await startSimulator({
      seed: 'stage',
      keepRequests: 20_000,
      venues: [
        simulated('north', 'large', 1, options.calls?.north),
        simulated('south', 'small', 1, options.calls?.south),
        simulated('west', 'dull', 0.2, options.calls?.west),
        simulated('east', 'fair', 1),
        { ...simulated('court', 'judge', 1), models: [judgeModel(options.judge ?? 'no case', options.judgeCalls)] },
      ],
      knowledge: [{ match: { regex: '^Ticket (\\d+):' }, answers: { right: 'billing', wrong: ['sales', 'support'] } }],
    });
    const folder = mkdtempSync(join(tmpdir(), 'o10-worker-'));
    const settings = WorkerSettings.parse({
      DATABASE_URL: database.url,
      ORGANISATION: organisation,
      O10_MASTER_KEY: masterKey.toString('hex'),
      O10_SIGNING_KEY_FILE: join(folder, 'signing-key.pem'),
      O10_CHECKPOINT_SECONDS: '0.1',
      LOG_LEVEL: 'silent',
      ...options.settings,
    });
    const stores = workerStores(settings);
    await answering(() => stores.feed.latest());
    const publishing: Publishing = {
      client: stores.adminClient,
      append: (entries) => stores.ledger.append(entries),
      feed: stores.feed,
      assemble: assembleSnapshot,
      organisation,
      nowMs: Date.now,
    };
    const connection = queueConnection(
      { redisUrl: settings.REDIS_URL ?? null, databaseUrl: database.url },
      { migrate: true },
    );
    const queue = new CallJobQueue({
      name: 'mirror',
      connection,
      onDropped: (reason) => {
        throw new Error(reason);
      },
      flushMs: 1,
    });
    const sql = new pg.Pool({ connectionString: database.url, max: 4 });
    sql.on('error', () => undefined); // a server that was killed: the next query tells
    const stage = new Stage(database, simulator, sql, stores, settings, publishing, queue, folder);
    await stage.declare(options);
    return stage;
  }

  private async declare(options: StageOptions): Promise<void> {
    const { north, south, west } = options.venues ?? {};
    const place = (id: string, also: Partial<Venue> = {}): Venue => {
      const placed = venue(id, { baseUrl: `${this.simulator.url}/${id}/v1`, ...also });
      return { ...placed, sealedCredential: sealText(masterKey, `sk-${id}`, credentialAad(placed)) };
    };
    const priced = [
      ['north', 'large'],
      ['south', 'small'],
      ['west', 'dull'],
      ['east', 'fair'],
      ['court', 'judge'],
    ].filter(([id]) => !options.unpriced?.includes(id ?? ''));
    const rows: PriceRow[] = priced.flatMap(([id, model]) =>
      (['input_uncached', 'output_text'] as const).map((meter) => ({
        venue: id ?? '',
        model: model ?? '',
        tier: 'standard' as const,
        meter,
        ratePicoUsd: (meter === 'output_text' ? 2_000_000n : 1_000_000n) * (options.dearBaseline ? dearer(id) : 1n),
        validFrom: '2026-01-01T00:00:00.000Z',
        source: 'spec',
      })),
    );
    await publishSnapshot(this.publishing, 'spec', async (stores) => {
      for (const one of [
        place('north', north),
        place('south', south),
        place('west', west),
        place('east'),
        place('court'),
      ])
        await stores.venues.put(one, 'spec');
      for (const [id, model] of [
        ['north', 'large'],
        ['south', 'small'],
        ['west', 'dull'],
        ['east', 'fair'],
      ] as const)
        await stores.routes.put(route(id, model), 'spec');
      await stores.routes.put(route('court', 'judge', { family: 'court' }), 'spec');
      await stores.prices.add({ hash: priceBookHashOf(rows.map((row) => PriceRowSchema.encode(row))), rows }, 'spec');
      const cases = Array.from({ length: options.tickets ?? 200 }, (_, n) => ({
        inputDigest: inputDigestOf(ticket(n)),
        expected: 'billing',
      }));
      await stores.suites.add('triage', 'c'.repeat(64), cases, 'spec');
      const definition = useCase('triage', {
        candidates: ['south/small', 'west/dull', ...(options.thirdCandidate ? ['east/fair'] : [])],
        gate: {
          alpha: 0.05,
          slots: 5,
          samplesMin: 20,
          samplesMax: 5_000,
          clustersMin: 20,
          spanHours: 0,
          evidenceExpiryDays: 30,
        },
        ...options.useCase,
      });
      await stores.useCases.put(definition, 'spec');
      await stores.useCases.switchMode('triage', 'shadow', 'spec');
      for (const envelope of options.envelopes ?? []) await stores.envelopes.put(envelope, 'spec');
      return { result: null, entries: [] };
    });
  }

  /** Changes admin records and publishes, as control does. */
  change(work: Parameters<typeof publishSnapshot<null>>[2]): Promise<unknown> {
    return publishSnapshot(this.publishing, 'spec', work);
  }

  async index(): Promise<RoutingIndex> {
    const latest = await this.stores.feed.latest();
    return routingIndexOf(Snapshot.parse(JSON.parse(latest?.body ?? '')));
  }

  /** Waits until the snapshot in force is so: it is published after what it says was written. */
  async published(isSo: (snapshot: Snapshot) => boolean, withinMs = 45_000): Promise<void> {
    const endsAt = performance.now() + withinMs;
    while (!isSo((await this.index()).snapshot)) {
      if (performance.now() > endsAt) throw new Error('no snapshot says so');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async gate(): Promise<string> {
    return (await this.index()).useCases.get('triage')?.definition.gateHash ?? '';
  }

  /** A worker like the real one, without its HTTP side. */
  async startWorker(also: Partial<WorkerSettings> = {}): Promise<WorkerParts> {
    const settings = { ...this.settings, ...also };
    const log = makeLog('worker', settings.LOG_LEVEL);
    const { parts } = buildWorker(settings, workerStores(settings), log);
    const { close } = await startWorker(parts, log);
    this.running = { parts, close };
    await this.deskBuilt();
    return parts;
  }

  /** A new desk is frozen while it is built, and takes no money meanwhile. */
  private async deskBuilt(withinMs = 45_000): Promise<void> {
    const endsAt = performance.now() + withinMs;
    const { desk, spend } = this.stores;
    // A desk that does not answer in time is asked again.
    const built = () => desk.epoch().catch(() => null);
    while ((await built()) !== ((await spend.state()).deskEpoch || undefined)) {
      if (performance.now() > endsAt) throw new Error('the desk was never built');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stopWorker(): Promise<void> {
    await this.running?.close();
    this.running = null;
  }

  /** What the proxy does after a sampled call: keeps the copy, adds the job. */
  async mirror({
    ticket: n,
    position,
    cluster,
    pointer = 'kept',
    job,
    callId = newId(Date.now()),
  }: MirrorOptions = {}): Promise<MirrorJob> {
    const place = position ?? ++this.position;
    this.position = Math.max(this.position, place);
    const prompt = ticket(n ?? place);
    if (pointer) {
      const copy = {
        requestBody: Buffer.from(
          JSON.stringify({ model: 'large', max_tokens: 50, messages: [{ role: 'user', content: prompt }] }),
        ).toString('base64'),
        answerBody: Buffer.from(JSON.stringify(answerOf('billing'))).toString('base64'),
        answerContentType: 'application/json',
      };
      await this.stores.mirror.put(
        callId,
        seal(masterKey, Buffer.from(JSON.stringify(copy)), `mirror|${callId}`),
        mirrorLifetimeMs,
      );
    }
    const index = await this.index();
    const made: MirrorJob = {
      callId,
      organisation,
      useCase: 'triage',
      snapshot: index.snapshot.version,
      route: 'north/large',
      stream: false,
      admittedAt: new Date().toISOString(),
      line: { gate: index.useCases.get('triage')?.definition.gateHash ?? '', position: place, probability: 0.2 },
      cluster: cluster ?? clusterOf('spec', { session: callId, firstMessages: '' }),
      pointer: pointer ? callId : null,
      ...job,
    };
    this.queue.add(made);
    return made;
  }

  async rows<Row extends object = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.sql.query<Row>(text, values)).rows;
  }

  /** Waits until the query's first row has a true first column. */
  async until(text: string, values: unknown[] = [], withinMs = 45_000): Promise<void> {
    const endsAt = performance.now() + withinMs;
    for (;;) {
      const [row] = await this.rows(text, values);
      if (row && Object.values(row)[0] === true) return;
      if (performance.now() > endsAt) throw new Error(`never came true: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Every position up to this one is decided for every candidate. */
  async decided(positions: number, candidates = 2): Promise<void> {
    await this.until(`SELECT count(*) >= $1 FROM evidence_row WHERE state IN ('scored', 'void')`, [
      positions * candidates,
    ]);
  }

  /** The id each request to this venue came with: its attempt's. */
  attemptsSeen(venueId: string): string[] {
    return this.simulator.requests(venueId).map(({ headers }) => String(headers['x-client-request-id']));
  }

  dials(venueId: string): number {
    return this.simulator.dials()[venueId]?.received ?? 0;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.queue.close();
    await this.stores.close();
    await this.sql.end();
    await this.simulator.close();
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const dearer = (venueId: string | undefined): bigint => ({ north: 10n, south: 2n })[venueId ?? ''] ?? 1n;

export const ticket = (n: number): string => `Ticket ${n}: my invoice is wrong`;

/** A connection to Redis is made behind the scenes, and fails fast until it is there. */
async function answering(ask: () => Promise<unknown>): Promise<void> {
  const endsAt = performance.now() + 5_000;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (performance.now() > endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

const answerOf = (content: string) => ({
  id: 'x',
  object: 'chat.completion',
  model: 'large',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
});
