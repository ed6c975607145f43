/** Asks a running o10 for proofs of the lines about one call, as text anyone can check with the log's public key. */
import { z } from 'zod';

const Answer = z.object({ items: z.array(z.object({ index: z.number().int(), text: z.string() })) });
export type CallProofs = z.output<typeof Answer>['items'];

/** Throws with the API's own words when it refuses. */
export async function proveCall(controlUrl: string, token: string, callId: string): Promise<CallProofs> {
  const url = new URL(`/api/ledger/calls/${encodeURIComponent(callId)}/proofs`, controlUrl);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const body: unknown = await response.json();
  if (response.ok) return Answer.parse(body).items;
  throw new Error((body as { detail?: string }).detail ?? `The control API answered ${response.status}.`);
}
