/** A use case is the unit of everything: floor, candidates, policy, evidence, savings, switch. */
import { z } from 'zod';
import { Digest, RouteId, Slug } from './names.js';
import { offer } from './offered-tools.js';
import { Jurisdiction, Retention } from './venue.js';

export const Mode = z.enum(['off', 'shadow', 'enforce']).meta({ id: 'Mode' });
export type Mode = z.output<typeof Mode>;

/** A share or score in [0, 1]. */
export const Share = z.number().min(0).max(1);

/** Where the right answer comes from: the use case's suite, the baseline's own answer, or the grader needs none. */
const reference = z.enum(['suite', 'baseline']);

const deterministic = [
  z.object({ kind: z.literal('exact'), reference, ignoreCase: z.boolean().default(true) }),
  z.object({ kind: z.literal('contains'), reference, ignoreCase: z.boolean().default(true) }),
  z.object({ kind: z.literal('numeric'), reference }),
  /** RE2 syntax: linear time, no back-references. */
  z.object({ kind: z.literal('regex'), pattern: z.string().min(1).max(1000) }),
  /** Score 1 when the answer is JSON, valid under `schema` and, with a reference, equal in every field it names. */
  z.object({
    kind: z.literal('json_schema'),
    schema: z.record(z.string(), z.unknown()),
    reference: reference.optional(),
  }),
  /** The share of the reference's fields that the answer, which must be JSON, gives equal; 0 where it is not JSON. */
  z.object({ kind: z.literal('json_fields'), reference }),
  /** Function calls compared as syntax trees, by the rules of the Berkeley Function-Calling Leaderboard. Never dispatched. */
  z.object({ kind: z.literal('tool_calls'), reference }),
  /** Overlap of texts, on [0,1]. */
  z.object({
    kind: z.literal('text_similarity'),
    reference,
    metric: z.enum(['chrf2', 'chrf++', 'bleu', 'rouge1', 'rouge2', 'rougeL']),
  }),
  /** JavaScript, run against the suite's test snippet in a sandbox; right when nothing throws. */
  z.object({
    kind: z.literal('code'),
    reference: z.literal('suite'),
    timeoutMs: z.number().int().min(10).max(10_000).default(1_000),
    memoryMiB: z.number().int().min(1).max(256).default(32),
  }),
  /**
   * A picture, as a `data:` URL: 1 where it is one, not blank, and of the form that is named. With a reference, how alike the
   * two are: for edits, upscales and conversions, not for pictures made from words.
   */
  z.object({
    kind: z.literal('image'),
    reference: reference.optional(),
    format: z.enum(['png', 'jpeg', 'webp', 'gif', 'avif', 'svg']).optional(),
    width: z.number().int().positive().optional(),
    height: z.number().int().positive().optional(),
  }),
] as const;

const asking = [
  /** Cosine of two vectors of an embeddings route. Says how alike texts are, not whether one is right: never alone. */
  z.object({ kind: z.literal('embedding'), reference, route: RouteId }),
  /** A model reads the answer. It gates only after it was admitted, see domain/gate/judges. */
  z.object({
    kind: z.literal('judge'),
    route: RouteId,
    /** `pointwise`: 0…10 under the rubric. `pairwise`: against the baseline's answer, asked in both orders. */
    compare: z.enum(['pointwise', 'pairwise']),
    rubric: z.string().min(10).max(8_000),
    /** Shown to the judge of a pointwise comparison, where the suite has one. */
    reference: z.literal('suite').optional(),
  }),
  /** Retrieval-augmented answers. The passages are in the call itself; recall and precision need the suite's answer. */
  z.object({
    kind: z.literal('rag'),
    measure: z.enum(['faithfulness', 'answer_relevancy', 'context_precision', 'context_recall']),
    route: RouteId,
    /** The question follows the last of these words in the call's last user text, the passages precede it. Absent: the text is both. */
    questionAfter: z.string().min(1).max(200).optional(),
    /** What stands between passages, in RE2 syntax. Absent: they are judged as one. */
    passagesBy: z.string().min(1).max(200).optional(),
    /** For `answer_relevancy`. */
    embeddings: RouteId.optional(),
    reference: z.literal('suite').optional(),
  }),
] as const;

/** A grader that is not made of others. */
export const SingleGrader = z.discriminatedUnion('kind', [...deterministic, ...asking]).meta({ id: 'SingleGrader' });
export type SingleGrader = z.output<typeof SingleGrader>;

export const Grader = z
  .discriminatedUnion('kind', [
    ...deterministic,
    ...asking,
    /** The weighted mean of its parts; weights are declared and need not sum to 1. */
    z.object({
      kind: z.literal('composite'),
      parts: z
        .array(z.object({ weight: z.number().gt(0).max(1_000), grader: SingleGrader }))
        .min(2)
        .max(10),
    }),
  ])
  .meta({ id: 'Grader' });
export type Grader = z.output<typeof Grader>;

/** Routes a grader asks, each with the revision it was at when the gate was declared. */
export const AskedRoutes = z.array(z.object({ route: RouteId, revision: z.string() }));
export type AskedRoutes = z.output<typeof AskedRoutes>;

export const Floor = z
  .object({
    /** The mean score a route must reach. Always declared. */
    absolute: z.number().gt(0).lt(1),
    /** How much worse than the baseline, on the same calls, it may be at most. */
    nonInferiorMargin: z.number().gt(0).lt(1).optional(),
    /** At most this share of calls may come out worse than the baseline by half a point or more. */
    regressionShareMax: z.number().gt(0).lt(1).optional(),
  })
  .meta({ id: 'Floor' });
export type Floor = z.output<typeof Floor>;

/** Defaults are gate.md §4; anything shorter than the default is an override and printed wherever the verdict is. */
export const GateTerms = z
  .object({
    alpha: z.number().gt(0).max(0.5).default(0.05),
    /** K: how many candidates and retries the error probability is shared among, declared before the data. */
    slots: z.number().int().min(1).max(1000).default(5),
    samplesMin: z.number().int().min(1).default(100),
    samplesMax: z.number().int().min(1).default(5000),
    clustersMin: z.number().int().min(1).default(30),
    spanHours: z.number().min(0).default(72),
    evidenceExpiryDays: z.number().int().min(1).default(30),
  })
  .meta({ id: 'GateTerms' });
export type GateTerms = z.output<typeof GateTerms>;

/** Null means the policy does not restrict. A policy always wins over price, floor, pin and fallback. */
export const Policy = z
  .object({
    residency: z.array(Jurisdiction).min(1).nullable().default(null),
    /** The most a venue may keep. */
    retentionAtMost: Retention.nullable().default(null),
    approvedModels: z.array(z.string().min(1)).min(1).nullable().default(null),
    /** `enforce`: off and shadow only record what the policy would have refused; replays and fallbacks obey it always. */
    appliesIn: z.enum(['always', 'enforce']).default('always'),
  })
  .meta({ id: 'Policy' });
export type Policy = z.output<typeof Policy>;

/** How enforced traffic goes on being checked. Less than the defaults is an override and printed with every statement. */
export const CanaryTerms = z
  .object({
    /** Share of enforced calls whose answer is graded. */
    scoredShare: Share.default(0.02),
    /** Where the share would grade fewer a day than this, it is raised to as many, or to all. */
    perDayMin: z.number().int().nonnegative().default(200),
    /** Share of enforced calls the baseline is asked too: for what is only known of both, and for verified savings. */
    pairedShare: Share.default(0.01),
  })
  .meta({ id: 'CanaryTerms' });
export type CanaryTerms = z.output<typeof CanaryTerms>;

/** `shrink` comes first and is the milder of the two. */
const ShortenTo = z
  .object({ shrink: z.number().int().positive(), cap: z.number().int().positive() })
  .refine(({ shrink, cap }) => cap <= shrink, { path: ['cap'], message: 'is at most what "shrink" is' });

/** Nobody is watching the answer come: the flex tier may serve without being asked for, as far as it is not streamed. */
export const Deferrable = z
  .object({
    /** Of each call, from its admission. With one, flex is tried first, until it would be missed; then standard. */
    deadlineSeconds: z.number().int().min(10).max(86_400).nullable().default(null),
  })
  .meta({ id: 'Deferrable' });
export type Deferrable = z.output<typeof Deferrable>;

/** What is taken out of prompts and answers before they are kept, by name; what each looks for: domain/retention. */
export const NamedRedaction = z.enum(['secret_key', 'email', 'iban', 'card_number', 'phone_number', 'ip_address']);
export type NamedRedaction = z.output<typeof NamedRedaction>;

/** Or a pattern of one's own, in RE2 syntax: what it finds is replaced by `[name]`. */
export const RedactionRule = z
  .union([NamedRedaction, z.object({ name: Slug, pattern: z.string().min(1).max(1_000) })])
  .meta({ id: 'RedactionRule' });
export type RedactionRule = z.output<typeof RedactionRule>;

export const UseCase = z
  .object({
    slug: Slug,
    team: Slug,
    mode: Mode,
    baseline: RouteId,
    candidates: z.array(RouteId).max(50),
    grader: Grader,
    floor: Floor,
    gate: GateTerms.prefault({}),
    policy: Policy.prefault({}),
    /** Share of calls replayed against the candidates; drawn before the answer, logged on the call. Null: as planned, see domain/shadow. */
    samplingShare: Share.nullable().default(null),
    /**
     * What o10 may keep of prompts and answers. `zero`, `metadata_only`: nothing, so nothing is replayed. `redacted`,
     * `full`: a sealed copy until its replay, at most a day; and for `retentionDays`, as said or redacted.
     */
    retention: Retention.default('full'),
    /** Absent: nothing beyond the copy for the replay. */
    retentionDays: z.number().int().min(1).max(3_650).optional(),
    /** For `redacted`. Absent: all that have a name. */
    redaction: z.array(RedactionRule).max(50).optional(),
    /** Injected when a call names no limit of its own, so that every hold has a ceiling. */
    maxOutputTokens: z.number().int().positive().default(1024),
    /** To which output limit an envelope's ladder may shorten an enforced call, by step. Absent: it never does. */
    shortenTo: ShortenTo.optional(),
    /** Served on a venue's failure before the first byte, while the use case is not enforced. */
    fallbacks: z.array(RouteId).max(5).default([]),
    /** What enforce does when the desk cannot answer. */
    whenDeskIsDown: z.enum(['closed', 'baseline']).default('closed'),
    /**
     * Share of enforced traffic that takes a cleared route; the rest stays on the baseline. Null: 5, 25, 100 %, each step
     * after 100 canaries without a warning. A number is an operator's override, and printed.
     */
    rampShare: Share.nullable().default(null),
    canary: CanaryTerms.prefault({}),
    /** Absent: somebody is waiting, and flex serves what asks for it by name. */
    deferrable: Deferrable.optional(),
    /** Name, version or digest of the prompt template. Another one is another gate: its evidence starts anew. */
    promptTemplate: z.string().min(1).max(200).optional(),
    /** Calls that name no use case and have one of these shapes belong to it; `o10 use-cases proposed` finds them. */
    shapes: z.array(Digest).min(1).max(100).optional(),
  })
  .meta({ id: 'UseCase' });
export type UseCase = z.output<typeof UseCase>;

/** A case of a suite: `inputDigest` finds it from a live call, see domain/gate/case-key. */
export const SuiteCase = z
  .object({
    inputDigest: Digest,
    expected: z.unknown(),
    /** Part of the suite's hash where there is one; kept with the sealed input alone. */
    system: z.string().optional(),
    /** The same of the tools it offers. */
    ...offer,
  })
  .meta({ id: 'SuiteCase' });
export type SuiteCase = z.output<typeof SuiteCase>;
