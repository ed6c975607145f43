/**
 * Which route made an answer that its venue keeps, and for which team: only that venue knows it, and nobody else may ask
 * for it. Noted for a day; this proxy's own notes are at hand, any other proxy's are one lookup away.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { UncountedAttempt } from '#contracts/later-cost.js';
import { mirrorLifetimeMs, type MirrorStore } from '#contracts/mirror-store.js';
import { RouteId } from '#contracts/names.js';
import { open, seal } from '#runtime/seal.js';

const KeptAnswer = z.object({
  route: RouteId,
  /** The model as the caller asked for it, which may mean another route by now. */
  model: z.string(),
  team: z.string(),
  /** The attempt that asked for it, where its usage was not read. */
  uncounted: UncountedAttempt.optional(),
});
export type KeptAnswer = z.output<typeof KeptAnswer>;

const notesMax = 10_000;

export class KeptAnswers {
  private readonly notes = new Map<string, KeptAnswer>();

  constructor(
    private readonly store: MirrorStore,
    private readonly digestKey: KeyObject,
    private readonly sealKey: Buffer,
    private readonly onDropped: () => void,
  ) {}

  /** Never rejects: a note that is lost costs the caller a refusal later, and is counted. */
  async remember(answerId: string, answer: KeptAnswer): Promise<void> {
    this.notes.set(answerId, answer);
    const oldest = this.notes.size > notesMax ? this.notes.keys().next().value : undefined;
    if (oldest !== undefined) this.notes.delete(oldest);
    const pointer = this.pointerTo(answerId);
    const sealed = seal(this.sealKey, Buffer.from(JSON.stringify(z.encode(KeptAnswer, answer))), pointer);
    await this.store.put(pointer, sealed, mirrorLifetimeMs).catch(this.onDropped);
  }

  /** Null: nobody noted it, or too long ago. Rejects when the store does not answer. */
  async recall(answerId: string): Promise<KeptAnswer | null> {
    const noted = this.notes.get(answerId);
    if (noted) return noted;
    const pointer = this.pointerTo(answerId);
    const sealed = await this.store.get(pointer);
    return sealed && KeptAnswer.parse(JSON.parse(open(this.sealKey, sealed, pointer).toString()));
  }

  private pointerTo(answerId: string): string {
    return `answer-${createHmac('sha256', this.digestKey).update(answerId).digest('hex')}`;
  }
}
