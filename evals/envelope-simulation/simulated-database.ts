/** What PostgreSQL keeps in scaled mode, as the worker asks for it. It goes away and comes back; it loses nothing it took. */
import type { Entry } from '#contracts/entry.js';
import type { Envelope } from '#contracts/envelope.js';
import type { HeldEnvelope } from '#contracts/envelope-desk.js';
import { balanceKey } from '#domain/envelope/decide-hold.js';
import type { AppendAnswer } from '#postgres/ledger/append-entries.js';
import type { QuarantinedRecord } from '#postgres/evidence/quarantine.store.js';
import type { ReplayOfHold } from '#postgres/evidence/evidence.store.js';
import type { LedgerLine, LineRange } from '#postgres/ledger/ledger.store.js';
import type { SpendState, SpendToAdd, WindowSpend } from '#postgres/ledger/ledger-spend.store.js';
import { SimulatedNetwork } from './simulated-network.js';
import type { VirtualTime } from './virtual-time.js';

const endingKinds: readonly string[] = ['call', 'attempt', 'shadow_replay', 'judge', 'hold_expiry'];
const keyOf = ({ kind, id }: Pick<Entry, 'kind' | 'id'>): string => `${kind} ${id}`;

interface Written {
  entry: Entry;
  text: string;
  recordedAtMs: number;
}

export class SimulatedDatabase {
  readonly network: SimulatedNetwork;
  /** Lines with an index, in order. */
  readonly lines: Written[] = [];
  readonly quarantined = new Map<string, QuarantinedRecord>();
  private readonly written = new Map<string, Written>();
  private inbox: Written[] = [];
  private state: SpendState = { nextIndex: 0, deskEpoch: 0 };
  private readonly sums = new Map<string, HeldEnvelope & { nanoUsd: bigint }>();
  private readonly positions = new Map<string, number>();

  constructor(
    private readonly time: VirtualTime,
    private readonly declared: Envelope[],
  ) {
    this.network = new SimulatedNetwork(time, (cause) => cause, 2_000);
  }

  /** Lines without an index. */
  get waiting(): number {
    return this.inbox.length;
  }

  readonly ledger = {
    append: (entries: Entry[]): Promise<AppendAnswer> => this.network.ask(() => this.append(entries)),
    requireFrom: (): Promise<void> => Promise.resolve(),
    size: (): Promise<number> => this.network.ask(() => this.lines.length),
    entries: (_log: string, range: LineRange): AsyncGenerator<LedgerLine> => this.entries(range),
    sequenceAll: (): Promise<number> => this.network.ask(() => this.sequence()),
  };

  readonly spend = {
    state: (): Promise<SpendState> => this.network.ask(() => ({ ...this.state })),
    add: (from: number, to: number, more: SpendToAdd): Promise<boolean> =>
      this.network.ask(() => this.addSpend(from, to, more)),
    spent: (envelopes: string[]): Promise<WindowSpend[]> =>
      this.network.ask(() => [...this.sums.values()].filter(({ envelope }) => envelopes.includes(envelope))),
    positions: (): Promise<Map<string, number>> => this.network.ask(() => new Map(this.positions)),
    endingsOf: (ids: string[]): Promise<Map<string, string>> => this.network.ask(() => this.endingsOf(ids)),
    endedSince: (sinceMs: number): Promise<string[]> => this.network.ask(() => this.endedSince(sinceMs)),
    nextEpoch: (): Promise<number> => this.network.ask(() => ++this.state.deskEpoch),
  };

  readonly quarantine = {
    put: (_organisation: string, records: QuarantinedRecord[]): Promise<number> =>
      this.network.ask(() => {
        const before = this.quarantined.size;
        for (const one of records) this.quarantined.set(one.record, one);
        return this.quarantined.size - before;
      }),
  };

  readonly evidence = {
    nextPositions: (): Promise<Map<string, number>> => this.network.ask(() => new Map<string, number>()),
    replaysOf: (): Promise<Map<string, ReplayOfHold>> => this.network.ask(() => new Map<string, ReplayOfHold>()),
    end: (): Promise<Set<string>> => this.network.ask(() => new Set<string>()),
  };

  readonly envelopes = {
    list: () =>
      this.network.ask(() =>
        this.declared.map((definition) => ({ definition, revision: 1, updatedAt: '', updatedBy: 'simulation' })),
      ),
  };

  private append(entries: Entry[]): AppendAnswer {
    const conflicts: AppendAnswer['conflicts'] = [];
    let appended = 0;
    for (const entry of entries) {
      const text = JSON.stringify(entry);
      const before = this.written.get(keyOf(entry));
      if (before && before.text !== text) conflicts.push({ log: entry.log, kind: entry.kind, id: entry.id });
      if (before) continue;
      const written = { entry, text, recordedAtMs: this.time.nowMs };
      this.written.set(keyOf(entry), written);
      this.inbox.push(written);
      appended += 1;
    }
    return { appended, already: entries.length - appended - conflicts.length, conflicts };
  }

  private sequence(): number {
    const waiting = this.inbox.length;
    this.lines.push(...this.inbox);
    this.inbox = [];
    return waiting;
  }

  private async *entries({ fromIndex, toIndex, kinds }: LineRange): AsyncGenerator<LedgerLine> {
    const found = await this.network.ask(() => this.lines.slice(fromIndex, toIndex));
    for (const [place, { entry, recordedAtMs }] of found.entries())
      if (!kinds || kinds.includes(entry.kind))
        yield {
          index: fromIndex + place,
          recordedAt: new Date(recordedAtMs).toISOString(),
          entry,
          bytes: new Uint8Array(),
        };
  }

  private addSpend(from: number, to: number, { spent, positions }: SpendToAdd): boolean {
    if (this.state.nextIndex !== from) return false;
    this.state.nextIndex = to;
    for (const { envelope, window, nanoUsd } of spent) {
      const key = balanceKey(envelope, window);
      this.sums.set(key, { envelope, window, nanoUsd: (this.sums.get(key)?.nanoUsd ?? 0n) + nanoUsd });
    }
    for (const [line, next] of positions) this.positions.set(line, Math.max(this.positions.get(line) ?? 1, next));
    return true;
  }

  hasEnding(attemptId: string): boolean {
    return this.endingsOf([attemptId]).size > 0;
  }

  private endingsOf(ids: string[]): Map<string, string> {
    return new Map(
      ids.flatMap((id) => {
        const kind = endingKinds.find((one) => this.written.has(`${one} ${id}`));
        return kind ? [[id, kind] as const] : [];
      }),
    );
  }

  private endedSince(sinceMs: number): string[] {
    return this.lines
      .filter(({ entry, recordedAtMs }) => recordedAtMs >= sinceMs && endingKinds.includes(entry.kind))
      .map(({ entry }) => entry.id);
  }
}
