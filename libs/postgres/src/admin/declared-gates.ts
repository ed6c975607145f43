/**
 * The lines that commit to a gate before its first score: one for each use case whose gate, or whose candidates, are
 * others than in the snapshot before. What came later than its line cannot have been chosen by looking at the data.
 */
import { GateDeclared } from '#contracts/enforcement.js';
import type { Entry } from '#contracts/entry.js';
import type { PublishedSnapshot } from '#contracts/snapshot-feed.js';
import { newId } from '#runtime/new-id.js';

/** What is read of a published snapshot; it was made here, so it is not parsed as a whole again. */
interface PublishedBody {
  organisation: string;
  publishedAt: string;
  routes: { id: string; revision: string }[];
  useCases: {
    slug: string;
    gateHash: string;
    gateCovers?: { baselineRevision: string; suiteHash: string | null };
    baseline: string;
    candidates: string[];
    floor: GateDeclared['floor'];
    gate: GateDeclared['terms'];
  }[];
}

export function declaredGates(previous: PublishedSnapshot | null, next: PublishedSnapshot, nowMs: number): Entry[] {
  const before = new Map(previous ? gatesOf(previous).map((gate) => [gate.useCase, committed(gate)]) : []);
  const { organisation } = JSON.parse(next.body) as PublishedBody;
  return gatesOf(next)
    .filter((gate) => before.get(gate.useCase) !== committed(gate))
    .map((gate) => ({
      schema: 'o10.entry.v1',
      log: organisation,
      kind: 'gate_declared',
      id: newId(nowMs),
      occurredAt: new Date(nowMs).toISOString(),
      actor: null,
      body: GateDeclared.encode(gate),
    }));
}

const committed = ({ gate, candidates }: GateDeclared): string => JSON.stringify([gate, candidates]);

function gatesOf({ body, version }: PublishedSnapshot): GateDeclared[] {
  const { routes, useCases } = JSON.parse(body) as PublishedBody;
  const revisions = new Map(routes.map(({ id, revision }) => [id, revision]));
  return useCases.map((useCase) => ({
    useCase: useCase.slug,
    gate: useCase.gateHash,
    baseline: useCase.baseline,
    baselineRevision: useCase.gateCovers?.baselineRevision ?? null,
    candidates: useCase.candidates.map((route) => ({ route, revision: revisions.get(route) ?? 'unknown' })),
    floor: useCase.floor,
    terms: useCase.gate,
    suiteHash: useCase.gateCovers?.suiteHash ?? null,
    snapshot: version,
  }));
}
