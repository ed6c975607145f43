/** Judged answers that wait for people, and what people said. Texts are sealed by whoever keeps them and go with the row. */
import type { Pool } from 'pg';

export interface KeptPair {
  id: string;
  useCase: string;
  judgeKey: string;
  callId: string;
  candidate: string;
  pairwise: boolean;
  flipped: boolean;
  score: number | null;
  swapConsistent: boolean | null;
  texts: Buffer;
}

export type SaidOfPair = 'first' | 'second' | 'tie' | 'good' | 'bad';

export interface ShownPair {
  id: string;
  showing: 0 | 1;
  pairwise: boolean;
  flipped: boolean;
  texts: Buffer;
}

export interface PairWithLabels {
  pairwise: boolean;
  flipped: boolean;
  score: number | null;
  swapConsistent: boolean | null;
  says: [SaidOfPair | null, SaidOfPair | null];
}

const keptDays = 30;
/** More than these tell nobody anything new about one judge. */
const pairsMax = 500;

export class JudgeLabelStore {
  constructor(private readonly pool: Pool) {}

  /** Once per call and candidate; nothing when enough are there. */
  async keep(pair: KeptPair): Promise<void> {
    await this.pool.query({
      name: 'judge_keep',
      text: `INSERT INTO judge_pair (id, use_case, judge_key, call_id, candidate, pairwise, flipped, score, swap_consistent, texts, expires_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + make_interval(days => $11)
        WHERE (SELECT count(*) FROM judge_pair WHERE use_case = $2 AND judge_key = $3) < $12
        ON CONFLICT DO NOTHING`,
      values: [
        pair.id,
        pair.useCase,
        pair.judgeKey,
        pair.callId,
        pair.candidate,
        pair.pairwise,
        pair.flipped,
        pair.score,
        pair.swapConsistent,
        pair.texts,
        keptDays,
        pairsMax,
      ],
    });
  }

  /** Texts past their lifetime are forgotten; what was said of them stays. Returns how many. */
  async forgetExpired(): Promise<number> {
    const { rowCount } = await this.pool.query(
      'UPDATE judge_pair SET texts = NULL WHERE texts IS NOT NULL AND expires_at <= clock_timestamp()',
    );
    return rowCount ?? 0;
  }

  /** The next showing nobody has labelled: every pair once before any a second time, the oldest first. */
  async next(useCase: string, judgeKey: string): Promise<ShownPair | null> {
    const { rows } = await this.pool.query<ShownPair>(
      `SELECT p.id, s.showing, p.pairwise, p.flipped, p.texts
       FROM judge_pair p CROSS JOIN (VALUES (0), (1)) AS s(showing)
       WHERE p.use_case = $1 AND p.judge_key = $2 AND p.texts IS NOT NULL AND p.expires_at > clock_timestamp()
         AND (p.pairwise OR s.showing = 0)
         AND NOT EXISTS (SELECT FROM judge_label l WHERE l.pair_id = p.id AND l.showing = s.showing)
       ORDER BY s.showing, p.kept_at, p.id LIMIT 1`,
      [useCase, judgeKey],
    );
    return rows[0] ?? null;
  }

  /** `unknown`: there is no such pair, or the word does not fit it. The first word on a showing stands. */
  async label(
    id: string,
    showing: 0 | 1,
    says: SaidOfPair,
    by: string,
  ): Promise<{ outcome: 'labelled' | 'already'; useCase: string; judgeKey: string } | 'unknown'> {
    const { rows } = await this.pool.query<{ useCase: string; judgeKey: string; pairwise: boolean }>(
      'SELECT use_case AS "useCase", judge_key AS "judgeKey", pairwise FROM judge_pair WHERE id = $1',
      [id],
    );
    const [pair] = rows;
    const fits = pair?.pairwise ? says !== 'good' && says !== 'bad' : says === 'good' || says === 'bad';
    if (!pair || !fits || (!pair.pairwise && showing === 1)) return 'unknown';
    const { rowCount } = await this.pool.query(
      `INSERT INTO judge_label (pair_id, showing, says, labelled_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [id, showing, says, by],
    );
    return { outcome: rowCount === 1 ? 'labelled' : 'already', useCase: pair.useCase, judgeKey: pair.judgeKey };
  }

  /** Every pair of a judge with what was said of it. */
  async pairs(useCase: string, judgeKey: string): Promise<PairWithLabels[]> {
    const { rows } = await this.pool.query<
      Omit<PairWithLabels, 'says'> & { here: SaidOfPair | null; there: SaidOfPair | null }
    >(
      `SELECT p.pairwise, p.flipped, p.score, p.swap_consistent AS "swapConsistent", a.says AS here, b.says AS there
       FROM judge_pair p
       LEFT JOIN judge_label a ON a.pair_id = p.id AND a.showing = 0
       LEFT JOIN judge_label b ON b.pair_id = p.id AND b.showing = 1
       WHERE p.use_case = $1 AND p.judge_key = $2 ORDER BY p.kept_at, p.id`,
      [useCase, judgeKey],
    );
    return rows.map(({ here, there, ...pair }) => ({ ...pair, says: [here, there] }));
  }
}
