/** The simulator's own bill: what the venues say they sold. */
import { z } from 'zod';

const Bill = z.object({
  totalPicoUsd: z.string().transform(BigInt),
  inFlight: z.number(),
  lines: z.array(z.object({ venue: z.string(), model: z.string(), costPicoUsd: z.string(), outcome: z.string() })),
});
export type VenueBill = z.output<typeof Bill>;

export async function billOf(simulatorUrl: string): Promise<VenueBill> {
  return Bill.parse(await (await fetch(`${simulatorUrl}/_sim/bill`)).json());
}
