/** The simulator's own bill and dials: what the venues say they sold, and who was asked. */
import { z } from 'zod';

const Bill = z.object({
  totalPicoUsd: z.string().transform(BigInt),
  inFlight: z.number(),
  lines: z.array(
    z.object({
      /** The attempt, as o10 named it to the venue. */
      clientRequestId: z.string().nullable(),
      venue: z.string(),
      model: z.string(),
      costPicoUsd: z.string().transform(BigInt),
      outcome: z.string(),
    }),
  ),
});
export type VenueBill = z.output<typeof Bill>;

export async function billOf(simulatorUrl: string): Promise<VenueBill> {
  return Bill.parse(await (await fetch(`${simulatorUrl}/_sim/bill`)).json());
}

const Dials = z.record(z.string(), z.object({ byModel: z.record(z.string(), z.number()) }));

/** How many requests each `venue/model` has received so far. */
export async function dialsOf(simulatorUrl: string): Promise<Record<string, number>> {
  const dials = Dials.parse(await (await fetch(`${simulatorUrl}/_sim/dials`)).json());
  const rows = Object.entries(dials).flatMap(([venue, { byModel }]) =>
    Object.entries(byModel).map(([model, count]) => [`${venue}/${model}`, count] as const),
  );
  return Object.fromEntries(rows);
}
