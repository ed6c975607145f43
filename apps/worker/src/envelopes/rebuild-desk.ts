/**
 * Builds the desk anew from what cannot be lost with it: the ledger, and what proxies and workers present from their
 * journals. Nothing lands between what was read and what is written, because the desk is frozen in between.
 */
import {
  type DeskEnvelope,
  type DeskState,
  type EnvelopeBalance,
  type EnvelopeDesk,
  type OpenHold,
  presentEveryMs,
} from '#contracts/envelope-desk.js';
import { balanceKey } from '#domain/envelope/decide-hold.js';
import type { EvidenceStore } from '#postgres/evidence/evidence.store.js';
import type { LedgerSpendStore, WindowSpend } from '#postgres/ledger/ledger-spend.store.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { type LedgerSpendParts, sumLedger } from './ledger-spend.js';

export interface RebuildParts extends LedgerSpendParts {
  desk: Pick<EnvelopeDesk, 'rebuild' | 'freeze' | 'openHolds' | 'store'>;
  spend: Pick<LedgerSpendStore, 'state' | 'add' | 'spent' | 'positions' | 'endingsOf' | 'endedSince' | 'nextEpoch'>;
  evidence: Pick<EvidenceStore, 'nextPositions'>;
  /** Runs `work` while nothing else carries records into the ledger; `takeInAll` carries all that wait. */
  withIntakeStill: <T>(work: (takeInAll: () => Promise<void>) => Promise<T>) => Promise<T>;
  metrics: WorkerMetrics;
  log: Log;
}

/** So long everyone has to present what is in his journal, before the desk admits again. */
export const presentedWithinMs = 2 * presentEveryMs + 200;
const freezeMs = 20_000;
/** Holders hear within seconds that the ledger has their record; endings older than this are offered by nobody. */
const rememberedMs = 3_600_000;

/** Throws when a store does, and when it took longer than the freeze: then it is tried again. */
export async function rebuildDesk(parts: RebuildParts, declared: DeskEnvelope[]): Promise<void> {
  const { desk, spend, log, metrics } = parts;
  const lines = await sumLedger(parts);
  const { deskEpoch } = await spend.state();
  log.warn({ lines, deskEpoch }, 'the desk is not the one that was built: rebuilding it from the ledger');
  // Before the first desk nobody can hold anything.
  const store = deskEpoch > 0 ? await waitForHolders(desk) : await desk.store();
  await parts.withIntakeStill(async (takeInAll) => {
    const proof = await desk.freeze(freezeMs);
    await requireStore(desk, store);
    await takeInAll();
    await sumLedger(parts);
    const state = await stateOf(parts, declared);
    const epoch = await spend.nextEpoch();
    if (!(await desk.rebuild({ ...state, epoch }, proof))) throw new Error('The rebuild of the desk took too long.');
    metrics.deskRebuilds.inc();
    log.info({ epoch, balances: state.balances.length, holds: state.holds.length }, 'the desk is rebuilt');
  });
}

/** Returns the store that everyone had time to present to: one that is lost meanwhile has to hear it all again. */
async function waitForHolders(desk: RebuildParts['desk']): Promise<string> {
  for (;;) {
    await desk.freeze(1); // ends one that a rebuild left behind which failed: nobody can present to a frozen desk
    const store = await desk.store();
    await new Promise((resolve) => setTimeout(resolve, presentedWithinMs));
    if ((await desk.store()) === store) return store;
  }
}

/** A freeze of another one would only keep its holders from presenting. */
async function requireStore(desk: RebuildParts['desk'], store: string): Promise<void> {
  if ((await desk.store()) === store) return;
  await desk.freeze(1);
  throw new Error('The desk was lost again while it was rebuilt.');
}

async function stateOf({ desk, spend, evidence }: RebuildParts, declared: DeskEnvelope[]): Promise<DeskState> {
  const presented = await desk.openHolds();
  const ended = await spend.endingsOf(presented.map(({ holdId }) => holdId).filter(isUuid));
  const holds = presented.filter(({ holdId }) => !ended.has(holdId));
  const positions = new Map(await spend.positions());
  for (const [line, next] of await evidence.nextPositions()) raise(positions, line, next);
  return {
    envelopes: declared,
    balances: balancesOf(declared, await spend.spent(declared.map(({ id }) => id)), holds),
    holds,
    lines: [...positions].map(([line, nextPosition]) => ({ line, nextPosition })),
    ended: await spend.endedSince(Date.now() - rememberedMs),
  };
}

function raise(positions: Map<string, number>, line: string, next: number): void {
  positions.set(line, Math.max(positions.get(line) ?? 1, next));
}

/** Of windows that are over nothing is needed but what open holds are in. */
export function balancesOf(declared: DeskEnvelope[], spent: WindowSpend[], holds: OpenHold[]): EnvelopeBalance[] {
  const counted = countedWindows(declared);
  const balances = new Map<string, EnvelopeBalance>();
  const at = (envelope: string, window: string): EnvelopeBalance => {
    const key = balanceKey(envelope, window);
    const known = balances.get(key) ?? { envelope, window, settledNanoUsd: 0n, heldNanoUsd: 0n };
    balances.set(key, known);
    return known;
  };
  for (const { envelopes, amountNanoUsd } of holds)
    for (const { envelope, window } of envelopes) at(envelope, window).heldNanoUsd += amountNanoUsd;
  for (const { envelope, window, nanoUsd } of spent)
    if (counted.has(balanceKey(envelope, window)) || balances.has(balanceKey(envelope, window)))
      at(envelope, window).settledNanoUsd += nanoUsd;
  return [...balances.values()];
}

/** Windows that count against a limit, now or later. */
export function countedWindows(declared: DeskEnvelope[]): Set<string> {
  return new Set(
    declared.flatMap(({ id, windows }) =>
      windows.flatMap((window) => [window.id, ...(window.also ?? [])].map((each) => balanceKey(id, each))),
    ),
  );
}

const isUuid = (id: string): boolean => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(id);
