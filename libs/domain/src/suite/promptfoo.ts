/**
 * promptfoo configurations as suites and back. A suite has one grader for all cases: a file that asserts different things
 * of different tests is refused by name, because dropping one would make another suite of it.
 */
import { z } from 'zod';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import { choosesAmongOffered, offer, type Offer } from '#contracts/offered-tools.js';
import { Floor, Grader } from '#contracts/use-case.js';
import { offerOf } from './suite-hash.js';
import { SuiteProblem } from './suite-lines.js';

const Assertion = z.object({ type: z.string(), value: z.unknown().optional() });
const Vars = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const Ours = z.object({ o10: z.object({ grader: Grader, floor: Floor, system: z.string().nullable() }).optional() });
/** What a test overrides of its provider's configuration; of that, tools are a suite's too. */
const Options = z.object({ tools: offer.tools, tool_choice: offer.toolChoice }).optional();
const Configured = z.object({ config: Options });
/** Named, named with its configuration beside, or under its name. */
const Provider = z.union([
  z.string().transform(() => undefined),
  Configured.extend({ id: z.string() }).transform(({ config }) => config),
  z.record(z.string(), Configured).transform((named) => Object.values(named)[0]?.config),
]);
const Promptfoo = z.object({
  providers: z.union([Provider.transform((one) => [one]), z.array(Provider)]).default([]),
  prompts: z.array(z.unknown()).default(['{{input}}']),
  defaultTest: z
    .object({ options: Options, assert: z.array(Assertion).optional(), metadata: Ours.optional() })
    .optional(),
  tests: z.array(
    z.object({
      vars: Vars.default({}),
      options: Options,
      assert: z.array(Assertion).optional(),
      metadata: z.object({ expected: z.unknown().optional(), system: z.string().min(1).optional() }).optional(),
    }),
  ),
});

export interface ImportedSuite {
  lines: SuiteLine[];
  grader: Grader;
  /** Where the file was written by us. */
  floor: Floor | null;
  system: string | null;
  /** Offered with every case that offers none of its own. */
  tools?: Offer['tools'];
  toolChoice?: Offer['toolChoice'];
}

/** By assertion type: the grader it stands for, and what its value is to it. */
const graders: Record<string, (value: unknown) => { grader: unknown; expected: unknown }> = {
  equals: (value) => ({ grader: { kind: 'exact', reference: 'suite', ignoreCase: false }, expected: value }),
  iequals: (value) => ({ grader: { kind: 'exact', reference: 'suite', ignoreCase: true }, expected: value }),
  contains: (value) => ({ grader: { kind: 'contains', reference: 'suite', ignoreCase: false }, expected: value }),
  'contains-all': (value) => ({ grader: { kind: 'contains', reference: 'suite', ignoreCase: false }, expected: value }),
  icontains: (value) => ({ grader: { kind: 'contains', reference: 'suite', ignoreCase: true }, expected: value }),
  'icontains-all': (value) => ({ grader: { kind: 'contains', reference: 'suite', ignoreCase: true }, expected: value }),
  regex: (value) => ({ grader: { kind: 'regex', pattern: value }, expected: null }),
  'is-json': (value) => ({ grader: { kind: 'json_schema', schema: value ?? {} }, expected: null }),
  'rouge-n': (value) => ({
    grader: { kind: 'text_similarity', reference: 'suite', metric: 'rouge1' },
    expected: value,
  }),
  bleu: (value) => ({ grader: { kind: 'text_similarity', reference: 'suite', metric: 'bleu' }, expected: value }),
};

/** `config` is the file's YAML as a value. Throws `SuiteProblem`, counting tests from 1. */
export function suiteFromPromptfoo(config: unknown): ImportedSuite {
  const parsed = Promptfoo.safeParse(config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SuiteProblem(0, `is no promptfoo configuration: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const { prompts, providers, defaultTest, tests } = parsed.data;
  const [prompt] = prompts;
  if (prompts.length !== 1 || typeof prompt !== 'string')
    throw new SuiteProblem(0, 'needs exactly one prompt, as text with {{variables}}.');
  if (tests.length === 0) throw new SuiteProblem(0, 'holds no test.');
  const ours = defaultTest?.metadata?.o10;
  const read = tests.map(({ vars, options, assert, metadata }, at) => {
    const input = rendered(prompt, vars, at + 1);
    const own = { ...(metadata?.system !== undefined && { system: metadata.system }), ...offerIn(options, at + 1) };
    if (ours) return { line: { input, expected: metadata?.expected ?? null, ...own }, grader: ours.grader };
    const { grader, expected } = asserted([...(defaultTest?.assert ?? []), ...(assert ?? [])], at + 1);
    return { line: { input, expected, ...own }, grader };
  });
  const grader = Grader.parse(read[0]?.grader);
  const other = read.findIndex((one) => JSON.stringify(one.grader) !== JSON.stringify(read[0]?.grader));
  if (other > 0)
    throw new SuiteProblem(other + 1, 'asserts something else than the first test; a suite has one grader.');
  const { floor = null, system = null } = ours ?? {};
  const offered = offerIn(defaultTest?.options ?? configOf(providers), 0);
  return { lines: read.map(({ line }) => line), grader, floor, system, ...offered };
}

/** A configuration promptfoo can run where it knows the assertion, and that `suiteFromPromptfoo` reads back whole. */
export function promptfooFrom(
  lines: readonly SuiteLine[],
  { grader, floor, system, ...suite }: Omit<ImportedSuite, 'lines' | 'floor'> & { floor: Floor },
): Record<string, unknown> {
  return {
    description: 'Exported by o10',
    prompts: ['{{input}}'],
    defaultTest: { ...optionsOf(suite), metadata: { o10: { grader, floor, system } } },
    tests: lines.map(({ input, expected, system: own, ...line }) => {
      const assertion = assertionOf(grader, expected);
      return {
        vars: { input },
        ...optionsOf(line),
        ...(assertion && { assert: [assertion] }),
        metadata: { expected, ...(own !== undefined && { system: own }) },
      };
    }),
  };
}

/** What all are configured with: a suite asks the same of every route. */
function configOf(providers: readonly z.output<typeof Options>[]): z.output<typeof Options> {
  const [first, ...others] = providers;
  if (others.some((other) => JSON.stringify(other?.tools) !== JSON.stringify(first?.tools)))
    throw new SuiteProblem(0, 'has providers that offer different tools.');
  return first;
}

/** Throws where a choice names nothing that is offered with it. */
function offerIn(options: z.output<typeof Options>, test: number): Offer {
  const offered = offerOf({ tools: options?.tools, toolChoice: options?.tool_choice });
  if (!choosesAmongOffered(offered)) throw new SuiteProblem(test, 'chooses a tool that is not offered.');
  return offered;
}

const optionsOf = ({ tools, toolChoice }: Offer): { options?: object } =>
  tools === undefined ? {} : { options: { tools, ...(toolChoice !== undefined && { tool_choice: toolChoice }) } };

function asserted(
  assertions: z.output<typeof Assertion>[],
  test: number,
): { grader: Grader; expected: SuiteLine['expected'] } {
  const [only, ...more] = assertions;
  if (!only || more.length > 0) throw new SuiteProblem(test, 'needs exactly one assertion.');
  const known = Object.hasOwn(graders, only.type) ? graders[only.type] : undefined;
  if (!known) throw new SuiteProblem(test, `asserts "${only.type}", which no grader here stands for.`);
  const { grader, expected } = known(only.value);
  const parsed = Grader.safeParse(grader);
  if (!parsed.success || expected === undefined)
    throw new SuiteProblem(test, `asserts "${only.type}" without a usable value.`);
  return { grader: parsed.data, expected: expected as SuiteLine['expected'] };
}

function rendered(prompt: string, vars: z.output<typeof Vars>, test: number): string {
  return prompt.replace(/\{\{\s*([\w.-]+)\s*\}\}/gu, (_, name: string) => {
    if (!Object.hasOwn(vars, name)) throw new SuiteProblem(test, `has no variable "${name}".`);
    return String(vars[name]);
  });
}

function assertionOf(grader: Grader, expected: unknown): { type: string; value: unknown } | null {
  const many = Array.isArray(expected) ? '-all' : '';
  switch (grader.kind) {
    case 'exact':
      return { type: grader.ignoreCase ? 'iequals' : 'equals', value: expected };
    case 'contains':
      return { type: `${grader.ignoreCase ? 'i' : ''}contains${many}`, value: expected };
    case 'regex':
      return { type: 'regex', value: grader.pattern };
    case 'json_schema':
      return { type: 'is-json', value: grader.schema };
    default:
      return null;
  }
}
