/** The simulator's side of the demo's world. It is a file, because the simulator shares no code with o10. */
import { models, useCases, venues } from './demo-world.js';

/** Key each venue asks for; o10 gets it sealed. */
export const venueKey = (venue: string): string => `sk-${venue}-demo`;

export function simulatorConfig(seed: string): unknown {
  const knowledge = useCases.flatMap((useCase) =>
    useCase
      .cases(useCase.callsMax)
      .map((one) => ({ match: one.input, answers: { right: one.right, wrong: one.wrong } })),
  );
  return {
    seed,
    venues: venues.map(({ id, jurisdiction }) => ({
      id,
      jurisdiction,
      apiKey: venueKey(id),
      models: models
        .filter((model) => model.venue === id)
        .map((model) => ({
          id: model.model,
          answer: { kind: 'skill', accuracy: model.skill },
          prices: { inputPerMillion: model.inputUsdPerMillion, outputPerMillion: model.outputUsdPerMillion },
        })),
    })),
    knowledge,
  };
}
