/**
 * The envelope desk as the pure model says it must be, kept by a store that can be flushed, fall back to an older copy of
 * itself, go away and come back. That both adapters are this model is what their conformance suite shows.
 */
import { DeskFault, DeskNotBuilt, type EnvelopeDesk, type HoldRequest } from '#contracts/envelope-desk.js';
import { emptyModel, type Model, type ModelAnswer, type ModelOperation, stepModel } from '#domain/envelope/model.js';
import { presentedWithinMs } from '../../apps/worker/src/envelopes/rebuild-desk.js';
import { Refusal, SimulatedNetwork } from './simulated-network.js';
import { currentProcess, type SimulatedProcess, type VirtualTime } from './virtual-time.js';

export interface DeskWatch {
  /** A hold was given, for the first time. */
  granted(request: HoldRequest, holder: SimulatedProcess | undefined, model: Model): void;
  /** `unheard`: not everyone who lives could present what he holds before. */
  rebuilt(model: Model, unheard: boolean): void;
}

const commandTimeoutMs = 250;
const organisation = 'default';

export class SimulatedDesk {
  model: Model = emptyModel;
  readonly network: SimulatedNetwork;
  /** How many operations it has answered; a fault can be planned behind any of them. */
  operations = 0;
  onOperation: (count: number, operation: ModelOperation, answer: ModelAnswer) => void = () => undefined;
  private frozen: { proof: string; untilMs: number } | null = null;
  private freezes = 0;
  private losses = 0;
  private unheard = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly watch: DeskWatch,
  ) {
    this.network = new SimulatedNetwork(time, (cause) => new DeskFault(cause), commandTimeoutMs);
  }

  /** Everything is gone, records waiting for the ledger too. */
  flush(): void {
    this.replaceBy(emptyModel);
  }

  /** A server started again, from files of `older`: it counts as not built, whatever it remembers. */
  fallBackTo(older: Model): void {
    this.replaceBy({ ...older, built: false, epoch: null });
  }

  /** Cursors are not given twice: the store counts them by its clock. */
  private replaceBy(model: Model): void {
    this.model = { ...model, recordsEver: this.model.recordsEver };
    this.frozen = null;
    this.losses += 1;
  }

  /** The port, as a client of this desk speaks it. */
  readonly port: EnvelopeDesk = {
    putEnvelopes: async (envelopes) => {
      const answer = await this.ask({ kind: 'putEnvelopes', envelopes });
      if (answer.kind === 'not_built') throw new DeskNotBuilt(organisation);
    },
    hold: (requests) => this.hold(requests),
    settle: async (settlements) => answersOf(await this.ask({ kind: 'settle', settlements }), 'settlements').answers,
    adjust: async (adjustments) => answersOf(await this.ask({ kind: 'adjust', adjustments }), 'settlements').answers,
    drain: async (count) => answersOf(await this.ask({ kind: 'drain', count }), 'records').records,
    acknowledge: async (cursors) => void (await this.ask({ kind: 'acknowledge', cursors })),
    expired: async (count) => answersOf(await this.ask({ kind: 'expired', count }), 'open').holds,
    balances: async (envelopes) => answersOf(await this.ask({ kind: 'balances', envelopes }), 'balances').balances,
    attempts: async (holdIds) => answersOf(await this.ask({ kind: 'attempts', holdIds }), 'states').states,
    rehold: async (holds) => void (await this.ask({ kind: 'rehold', holds })),
    openHolds: async () => answersOf(await this.ask({ kind: 'openHolds' }), 'open').holds,
    books: async (envelopes) => answersOf(await this.ask({ kind: 'books', envelopes }), 'books').books,
    epoch: async () => answersOf(await this.ask({ kind: 'epoch' }), 'epoch').epoch,
    store: () => this.network.ask(() => `store ${this.losses}`),
    freeze: (forMs) => this.network.ask(() => this.freeze(forMs)),
    rebuild: (state, proof) =>
      this.network.ask(() => {
        if (proof !== undefined && !this.isFrozenBy(proof)) return false;
        this.step({ kind: 'rebuild', state });
        this.watch.rebuilt(this.model, this.unheard);
        this.frozen = null;
        return true;
      }),
    close: () => Promise.resolve(),
  };

  private async hold(requests: HoldRequest[]) {
    const holder = currentProcess();
    const answer = await this.network.ask(() => {
      const before = this.model;
      const done = answersOf(this.step({ kind: 'hold', requests }), 'holds');
      for (const request of requests)
        if (!before.holds.has(request.holdId) && this.model.holds.has(request.holdId))
          this.watch.granted(request, holder, this.model);
      return done;
    });
    return answer.answers;
  }

  private freeze(forMs: number): string {
    this.unheard = this.time.nowMs - this.network.badUntilMs < presentedWithinMs;
    this.frozen = { proof: `freeze ${++this.freezes}`, untilMs: this.time.nowMs + forMs };
    return this.frozen.proof;
  }

  private isFrozenBy(proof: string): boolean {
    return this.frozen?.proof === proof && this.time.nowMs < this.frozen.untilMs;
  }

  private ask(operation: ModelOperation): Promise<ModelAnswer> {
    return this.network.ask(() => this.step(operation));
  }

  private step(operation: ModelOperation): ModelAnswer {
    this.operations += 1;
    const isFrozen = this.frozen !== null && this.time.nowMs < this.frozen.untilMs;
    if (isFrozen && ['hold', 'settle', 'adjust', 'rehold'].includes(operation.kind))
      throw new Refusal('FROZEN the desk is being rebuilt');
    const [after, answer] = stepModel(this.model, operation, this.time.nowMs);
    this.model = after;
    this.onOperation(this.operations, operation, answer);
    return answer;
  }
}

function answersOf<Kind extends ModelAnswer['kind']>(
  answer: ModelAnswer,
  kind: Kind,
): Extract<ModelAnswer, { kind: Kind }> {
  if (answer.kind !== kind) throw new Error(`asked for ${kind}, answered ${answer.kind}`);
  return answer as Extract<ModelAnswer, { kind: Kind }>;
}
