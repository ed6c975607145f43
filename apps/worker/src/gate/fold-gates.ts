/**
 * Keeps every gate up to date: soon after evidence was added to it, and all of them again and again, because time alone
 * decides too (a place that never comes, a proof that ages). One process folds a gate at a time.
 */
import type { IndexedUseCase, RoutingIndex } from '#domain/routing/routing-index.js';
import { suiteLineOf } from '#domain/suite/suite-line.js';
import type { EvidenceLineStore } from '#postgres/evidence/evidence-line.store.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { foldLine } from './fold-line.js';
import { reopenLine } from './reopen-line.js';

export interface FoldGatesParts {
  lines: EvidenceLineStore;
  current: () => RoutingIndex | null;
  announce: () => Promise<number>;
  missingAfterMs: number;
  newId: (nowMs: number) => string;
  metrics: WorkerMetrics;
  log: Log;
}

export class FoldGates {
  /** Slugs of use cases whose evidence has grown. */
  private readonly grown = new Set<string>();
  private lookedAtAllMs = 0;

  constructor(private readonly parts: FoldGatesParts) {}

  touch(useCase: string): void {
    this.grown.add(useCase);
  }

  /** All that have grown, and every `allEveryMs` all there are; then announces what was found. Returns how many verdicts. */
  async run(nowMs: number, allEveryMs: number): Promise<number> {
    const index = this.parts.current();
    if (!index) return 0;
    const all = nowMs - this.lookedAtAllMs >= allEveryMs;
    if (all) this.lookedAtAllMs = nowMs;
    const due = all ? [...index.useCases.keys()] : [...this.grown];
    this.grown.clear();
    let found = 0;
    for (const slug of due) {
      const useCase = index.useCases.get(slug);
      if (useCase && useCase.definition.mode !== 'off' && useCase.routes.length > 1)
        for (const line of [useCase.definition.gateHash, suiteLineOf(useCase.definition.gateHash)])
          found += await this.fold(useCase, line, nowMs);
    }
    if (found > 0 || all) await this.parts.announce();
    return found;
  }

  /** `line`: that of live calls, or of the suite's replays. */
  private async fold({ definition, routes }: IndexedUseCase, line: string, nowMs: number): Promise<number> {
    const { lines, missingAfterMs, newId, metrics, log } = this.parts;
    const lapsed = (verdict: string) => this.hasLapsed(verdict, nowMs);
    const terms = { missingAfterMs, nowMs, newId: () => newId(nowMs), lapsed };
    const candidates = new Map(routes.slice(1).map(({ route }) => [route.id, route.revision]));
    const found = await lines.inGate(line, async (folding) => {
      const all = await folding.lines();
      let slotsUsed = await folding.slotsSpent(definition.slug);
      let verdicts = 0;
      for (const stored of all) {
        if (candidates.get(stored.candidate) !== stored.revision) continue;
        const line = await reopenLine(folding, stored, { nowMs, slotsUsed, slots: definition.gate.slots });
        slotsUsed = Math.max(slotsUsed, line.slot ?? 0);
        if (line.stopped !== null) continue;
        const result = await foldLine(folding, definition, line, slotsUsed, terms);
        slotsUsed = Math.max(slotsUsed, result.line.slot ?? 0);
        metrics.folded.inc(result.folded);
        metrics.missing.inc(result.missing);
        if (!result.verdict) continue;
        verdicts += 1;
        const { verdict, candidate, samples } = result.verdict;
        log.info({ useCase: definition.slug, candidate, verdict, samples }, 'verdict');
      }
      return verdicts;
    });
    if (found === null) this.grown.add(definition.slug); // somebody else has it; what grew since is for the next look
    return found ?? 0;
  }

  /** By the snapshot in force, which alone knows of names that float. */
  private hasLapsed(verdict: string, nowMs: number): boolean {
    const clearances = this.parts.current()?.snapshot.clearances ?? [];
    return clearances.some((one) => one.verdict === verdict && Date.parse(one.expiresAt) <= nowMs);
  }
}
