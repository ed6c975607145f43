/** Shadow: every request once through the proxy, in file order within each use case, until the gate has folded them all. */
import type { GateEvidence } from '#contracts/api/gate-api.js';
import type { Stage } from '../../apps/cli/src/demo/open-stage.js';
import { type Asked, askInOrder } from './ask-in-order.js';
import type { RecordedQuestion } from './read-recorded.js';
import { useCases } from './recorded-world.js';

export interface Shadowed {
  /** By use case. */
  asked: Record<string, Asked>;
  /** One per use case and candidate. */
  evidence: GateEvidence[];
}

const lookMs = 1_000;
const sayMs = 10_000;
/** Longer than any pause of a busy machine, shorter than the time after which a lost answer counts as wrong. */
const standstillMs = 60_000;

export async function replayInShadow(stage: Stage, questions: RecordedQuestion[]): Promise<Shadowed> {
  const { stack, keys, view } = stage;
  view.step(`Shadow: ${questions.length} requests for each of ${useCases.length} use cases, in file order`);
  const sent: Record<string, number> = {};
  const asking = Promise.all(
    useCases.map(async ({ slug, baseline }) => {
      const { model } = baseline;
      const onCall = (now: Asked) => (sent[slug] = now.sent);
      const key = keys[slug] ?? '';
      return [
        slug,
        await askInOrder({ proxyUrl: stack.proxyUrl, key, model, questions, concurrency: 1, onCall }),
      ] as const;
    }),
  );
  const [asked, evidence] = await Promise.all([asking, allFolded(stage, questions.length, sent)]);
  return { asked: Object.fromEntries(asked), evidence };
}

/** A line is done when every call is folded, or when the gate has stopped it. Throws when nothing moves any more. */
async function allFolded(stage: Stage, calls: number, sent: Record<string, number>): Promise<GateEvidence[]> {
  const lines = useCases.reduce((sum, { candidates }) => sum + candidates.length, 0);
  let progress = { state: '', sinceMs: Date.now() };
  for (let saidMs = Date.now(); ;) {
    const evidence = await stage.room.evidence();
    const done = evidence.filter((line) => line.stopped !== null || line.samples === calls).length;
    if (done === lines) return evidence;
    const state = JSON.stringify([sent, evidence.map(({ samples }) => samples)]);
    if (state !== progress.state) progress = { state, sinceMs: Date.now() };
    if (Date.now() - progress.sinceMs > standstillMs) throw new Error(`nothing moves any more: ${state}`);
    if (Date.now() - saidMs >= sayMs) {
      saidMs = Date.now();
      const folded = evidence.map(({ samples, stopped }) => (stopped ? stopped : samples)).join(', ');
      stage.view.say(`sent ${Object.values(sent).join(', ')}; folded ${folded}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
