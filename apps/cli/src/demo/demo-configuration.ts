/** o10.yaml and the suites of the demo, written into a folder so that they can be read, changed and applied again. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { baseline, models, useCaseLimitUsd, useCases, venues } from './demo-world.js';

/** Shorter than the defaults (72 h, 20 % sampled, 5 % ramp), because nobody waits three days for a demo. */
const spanHours = 0;

/** Writes o10.yaml and one suite per use case; returns the path of o10.yaml. */
export async function writeConfiguration(dir: string, simulatorUrl: string): Promise<string> {
  await mkdir(join(dir, 'suites'), { recursive: true });
  for (const useCase of useCases) {
    const lines = useCase.cases(useCase.callsMax).map(({ input, expected }) => JSON.stringify({ input, expected }));
    await writeFile(join(dir, 'suites', `${useCase.slug}.jsonl`), `${lines.join('\n')}\n`);
  }
  const file = join(dir, 'o10.yaml');
  await writeFile(file, stringify(configuration(simulatorUrl), { aliasDuplicateObjects: false }));
  return file;
}

const routeId = (model: { venue: string; model: string }) => `${model.venue}/${model.model}`;
const byKey = <Item, Value>(items: readonly Item[], key: (item: Item) => string, value: (item: Item) => Value) =>
  Object.fromEntries(items.map((item) => [key(item), value(item)]));

function configuration(simulatorUrl: string): unknown {
  return {
    apiVersion: 'v1',
    venues: byKey(
      venues,
      ({ id }) => id,
      ({ id, jurisdiction, retention }) => ({
        protocol: 'openai-chat',
        baseUrl: `${simulatorUrl}/${id}/v1`,
        key: venueKeyName(id),
        jurisdiction,
        retention,
        abortStopsBilling: true,
      }),
    ),
    routes: byKey(models, routeId, ({ family }) => ({
      revision: '2026-11',
      family,
      contextWindow: 128_000,
      maxOutputTokens: 4_096,
      capabilities: ['stream', 'tools'],
    })),
    models: byKey(models, ({ model }) => model, routeId),
    prices: byKey(models, routeId, (model) => [
      {
        validFrom: '2026-01-01T00:00:00Z',
        source: 'demo price list',
        usdPerMillion: { input_uncached: model.inputUsdPerMillion, output_text: model.outputUsdPerMillion },
      },
    ]),
    suites: byKey(
      useCases,
      ({ slug }) => slug,
      ({ slug }) => `suites/${slug}.jsonl`,
    ),
    useCases: byKey(
      useCases,
      ({ slug }) => slug,
      (useCase) => ({
        team: useCase.team,
        mode: 'shadow',
        baseline,
        candidates: useCase.candidates,
        grader: useCase.grader,
        floor: { absolute: useCase.floor },
        gate: { spanHours },
        samplingShare: 1,
        rampShare: 1,
        maxOutputTokens: 256,
      }),
    ),
    envelopes: envelopes(),
  };
}

/** One over everything, one per use case that only accounts while it is in shadow, one for its replays. */
function envelopes(): unknown {
  const perUseCase = (suffix: string, purpose: string, limit: string, unit: string) =>
    byKey(
      useCases,
      ({ slug }) => `${slug}-${suffix}`,
      ({ slug }) => ({ scope: { kind: 'use_case', useCase: slug }, purpose, limit, window: { unit } }),
    );
  return {
    'everything-month': { scope: { kind: 'organisation' }, limit: '50', window: { unit: 'month' } },
    ...perUseCase('month', 'live', useCaseLimitUsd, 'month'),
    ...perUseCase('shadow', 'shadow', '5', 'day'),
  };
}

const venueKeyName = (venue: string): string => `env:${venueKeyVariable(venue)}`;
export const venueKeyVariable = (venue: string): string => `${venue.toUpperCase()}_KEY`;
