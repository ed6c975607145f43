/** Reads an embeddings answer (OpenAI's shape): as many vectors as texts, in the order of the texts. */
import { z } from 'zod';

const Embeddings = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.number()).min(1) })),
});

/** Null where it is anything else. */
export function embeddingsAnswer(body: Buffer, count: number): number[][] | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return null; // Not JSON is no answer of this kind.
  }
  const parsed = Embeddings.safeParse(value);
  const ordered = parsed.data?.data.toSorted((a, b) => a.index - b.index);
  return ordered?.length === count && ordered.every(({ index }, at) => index === at)
    ? ordered.map(({ embedding }) => embedding)
    : null;
}
