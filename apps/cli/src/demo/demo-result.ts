/** What the demo ends with; with `--json` it is the last line, in this shape. Money is text or whole numbers as text. */
export interface VerdictRow {
  candidate: string;
  verdict: string;
  samples: number;
  /** ln E of the weakest criterion, and what it takes. */
  lnEvidence: number;
  lnThreshold: number;
  overrides: string[];
}

/** The shadow statement finance signed. */
export interface StatementRow {
  id: string;
  /** Half-open range of ledger indexes it can be recomputed from. */
  ledgerRange: [number, number];
  proposed: string | null;
  calls: number;
  excluded: Record<string, number>;
  actualUsd: string;
  estimatedSavingUsd: string;
  measuredSavingUsd: string;
  measuredCalls: number;
  savingIntervalUsd: [string, string];
  confidence: number;
  evaluationCostUsd: string;
  netUsd: string;
  signedBy: string;
  overrides: string[];
}

export interface UseCaseResult {
  slug: string;
  mode: string;
  verdicts: VerdictRow[];
  /** What the enforced period would have cost on the baseline, at the same prices. */
  baselineUsd: string;
  actualUsd: string;
  /** Lower bound of the signed statement, net of evaluation. */
  verifiedSavingsUsd: string;
  statement: StatementRow;
}

export interface DemoResult {
  seed: string;
  calls: number;
  settlements: number;
  ledgerPicoUsd: string;
  venuePicoUsd: string;
  ledgerVerified: boolean;
  useCases: UseCaseResult[];
  envelope: { limitNanoUsd: string; spentNanoUsd: string; refused: number };
}
