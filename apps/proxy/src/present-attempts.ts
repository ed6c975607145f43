/**
 * Asks the desk again and again what it knows of this proxy's attempts. What the ledger has is forgotten here; what the
 * desk has lost, open or ended, it is given again from the journal. So a desk may lose everything at any time.
 */
import { type EnvelopeDesk, type PresentedHold, presentEveryMs, type Settlement } from '#contracts/envelope-desk.js';
import type { Log } from '#runtime/log.js';
import type { AttemptJournal } from './attempt-journal.js';
import { holdLifetimeMs } from './hold-attempt.js';
import type { SettleAttempt } from './settle-attempt.js';

/** Of a backlog, which grows while the ledger is away, a part is asked for each time. */
const askedMax = 4_000;

export class PresentAttempts {
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();
  private closed = false;
  private asked = 0;

  constructor(
    private readonly desk: Pick<EnvelopeDesk, 'attempts' | 'rehold'>,
    private readonly journal: AttemptJournal,
    private readonly settle: SettleAttempt,
    private readonly log: Log,
    /** What predecessors held and never used; true once it is done. */
    private releaseUnsent: (() => Promise<boolean>) | null = null,
  ) {}

  start(): void {
    this.timer = setTimeout(() => {
      this.looking = this.look().then(() => void (!this.closed && this.start()));
    }, presentEveryMs);
  }

  /** A desk that does not answer is asked again. */
  private async look(): Promise<void> {
    try {
      await this.present();
      if (this.releaseUnsent && (await this.releaseUnsent())) this.releaseUnsent = null;
    } catch (error) {
      this.log.debug({ error: String(error) }, 'the desk does not say what it knows');
    }
  }

  private async present(): Promise<void> {
    const { open, ended } = this.journal.attempts();
    const taken = this.turnOf(ended.filter((id) => !this.settle.offers(id)));
    const ids = [...open, ...taken];
    const states = await this.desk.attempts(ids);
    const stateOf = new Map(ids.map((id, place) => [id, states[place]]));
    this.journal.recorded(taken.filter((id) => stateOf.get(id) === 'recorded'));
    const unheld = open.filter((id) => stateOf.get(id) === 'unknown');
    const unended = taken.filter((id) => stateOf.get(id) === 'unknown' || stateOf.get(id) === 'open');
    if (unheld.length + unended.length === 0) return;
    const words = await this.journal.lastWordsOf([...unheld, ...unended]);
    this.log.warn({ attempts: words.size }, 'the desk has lost attempts; they are presented again');
    const wordsOf = (ids: string[]) => ids.flatMap((id) => words.get(id) ?? []);
    // One that has ended since is on its way to the desk by itself: what was read of it may be its intent.
    const still = new Set(this.journal.attempts().open);
    await this.desk.rehold(wordsOf(unheld.filter((id) => still.has(id))).map(presentedOf));
    for (const settlement of wordsOf(unended)) this.settle.again(settlement);
  }

  private turnOf(ended: string[]): string[] {
    if (ended.length <= askedMax) return ended;
    const from = this.asked % ended.length;
    this.asked = from + askedMax;
    return ended.slice(from, from + askedMax);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.looking;
  }
}

/** The hold as its intent tells it: the record has what the settlement leaves out. */
function presentedOf({ holdId, envelopes, record }: Settlement): PresentedHold {
  const { callId, heldNanoUsd, line } = JSON.parse(record) as {
    callId: string;
    heldNanoUsd: string;
    line: { gate: string; position: number } | null;
  };
  return {
    holdId,
    callId,
    amountNanoUsd: BigInt(heldNanoUsd),
    envelopes,
    expiresInMs: holdLifetimeMs,
    ...(line ? { line: { line: line.gate, position: line.position } } : {}),
  };
}
