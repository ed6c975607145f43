/** The simulator's side: venues that answer with what was recorded, and bill it at list price. */
import { allModels, venues } from './recorded-world.js';

/** Key each venue asks for; o10 gets it sealed. */
export const venueKey = (venue: string): string => `sk-${venue}-recorded`;
export const venueKeyVariable = (venue: string): string => `${venue.toUpperCase()}_KEY`;

/** `folder` is absolute: the configuration lies elsewhere. */
export const recordedSimulator = (folder: string): unknown => ({
  seed: 'recorded',
  keepRequests: 0,
  recordings: { folder, questions: 'questions.jsonl.gz' },
  venues: venues.map((id) => ({
    id,
    apiKey: venueKey(id),
    models: allModels
      .filter((model) => model.venue === id)
      .map((model) => ({
        id: model.model,
        answer: { kind: 'recorded', file: `${model.file}.jsonl.gz` },
        prices: { inputPerMillion: model.inputUsdPerMillion, outputPerMillion: model.outputUsdPerMillion },
      })),
  })),
});
