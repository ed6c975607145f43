/** Use cases as the latest snapshot has them: with the gate their evidence is gathered under. */
import { type PublishedUseCase, Snapshot } from '#contracts/snapshot.js';
import type { ControlContext } from './control-context.js';

type Reading = Pick<ControlContext, 'stores'>;

/** By slug; empty before the first snapshot. */
export async function publishedUseCases({ stores }: Reading): Promise<ReadonlyMap<string, PublishedUseCase>> {
  const latest = await stores.snapshots.latest();
  const { useCases } = latest ? Snapshot.parse(JSON.parse(latest.body)) : { useCases: [] };
  return new Map(useCases.map((useCase) => [useCase.slug, useCase]));
}

export const publishedUseCase = async (context: Reading, slug: string): Promise<PublishedUseCase | undefined> =>
  (await publishedUseCases(context)).get(slug);
