/**
 * Finance signs, the engineer switches, the next calls go to the cheapest cleared route; then an envelope is put over
 * one use case and stops its spend. What must be refused on the way is tried, and shown being refused.
 */
import type { Statement } from '#contracts/statement.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { type Driven, driveTraffic } from './drive-traffic.js';
import { snapshotReached, type Stage } from './open-stage.js';
import type { Shadowed } from './prove-in-shadow.js';
import { waitFor } from './wait-for.js';

export interface Enforced extends Shadowed {
  statement: Statement;
  /** False: nothing cleared, so enforce was refused and the use case stays in shadow. */
  enforced: boolean;
  enforcedDriven: Driven | null;
  enforcedSince: string;
}

export interface Spent {
  useCases: Enforced[];
  envelope: { id: string; limitNanoUsd: bigint; spentNanoUsd: bigint; refused: number };
}

const enforcedCalls = 150;
const concurrency = 6;
/** About the cost of thirty calls of the use case, so that the envelope is met within seconds. */
const stoppedUseCase = 'batch-extraction';
const stopLimitUsd = '0.0003';

export async function enforceAndSpend(stage: Stage, shadowed: Shadowed[]): Promise<Spent> {
  const { view, room, engineer } = stage;
  view.step('The switch: enforce is refused without a signed statement');
  const refusal = await room.enforce(engineer, shadowed[0]?.useCase.slug ?? '');
  view.say(`enforce ${shadowed[0]?.useCase.slug}: ${refusal ?? 'allowed'}`);
  const enforced: Enforced[] = [];
  for (const one of shadowed) enforced.push(await signAndSwitch(stage, one));
  view.step('Enforced: the same application, the cheapest cleared route');
  await snapshotReached(stage);
  for (const one of enforced.filter((each) => each.enforced)) {
    one.enforcedDriven = await drive(stage, one, 0, enforcedCalls);
    view.say(`${one.useCase.slug}: ${JSON.stringify(one.enforcedDriven.venues)}`);
  }
  return { useCases: enforced, envelope: await stopAtEnvelope(stage, enforced) };
}

async function signAndSwitch(stage: Stage, one: Shadowed): Promise<Enforced> {
  const { room, engineer, finance, view } = stage;
  const { slug } = one.useCase;
  const statement = await room.draft(engineer, slug, stage.startedAt);
  await room.move(engineer, statement.id, 'submit');
  const byAuthor = await room.move(engineer, statement.id, 'sign');
  const byFinance = await room.move(finance, statement.id, 'sign');
  const refusal = await room.enforce(engineer, slug);
  const saving = `net ${decimalUsd(statement.netPicoUsd).slice(0, 9)} USD, verified ${decimalUsd(statement.verifiedPicoUsd).slice(0, 9)} USD`;
  view.say(
    `${slug.padEnd(18)} author signs: ${byAuthor}; finance signs: ${byFinance ?? 'signed'} (${saving}); enforce: ${refusal ?? 'on'}`,
  );
  return {
    ...one,
    statement,
    enforced: refusal === null,
    enforcedDriven: null,
    enforcedSince: new Date().toISOString(),
  };
}

/** The questions are asked again: the venues answer as before, and the evidence is not touched in enforce. */
const drive = (stage: Stage, one: Shadowed, from: number, to: number): Promise<Driven> =>
  driveTraffic({
    proxyUrl: stage.stack.proxyUrl,
    key: stage.keys[one.useCase.slug] ?? '',
    useCase: one.useCase,
    from,
    to,
    concurrency,
    enough: () => false,
    onCall: () => undefined,
  });

async function stopAtEnvelope(stage: Stage, enforced: Enforced[]): Promise<Spent['envelope']> {
  const { room, view } = stage;
  const id = `${stoppedUseCase}-stop`;
  view.step(`An envelope of ${stopLimitUsd} USD over ${stoppedUseCase} stops the spend`);
  await room.putEnvelope(id, stoppedUseCase, stopLimitUsd);
  await snapshotReached(stage);
  const one = enforced.find(({ useCase }) => useCase.slug === stoppedUseCase);
  const driven = one ? await drive(stage, one, 0, 400) : null;
  await nothingHeld(stage, id);
  const { definition, balance } = await room.envelope(id);
  const refused = Object.values(driven?.refused ?? {}).reduce((sum, count) => sum + count, 0);
  const spentNanoUsd = balance?.settledNanoUsd ?? 0n;
  view.say(
    `${driven?.served} served, ${refused} refused ${JSON.stringify(driven?.refused)}; spent ${decimalUsd(spentNanoUsd * 1000n)} of ${stopLimitUsd} USD`,
  );
  return { id, limitNanoUsd: definition.limitNanoUsd, spentNanoUsd, refused };
}

async function nothingHeld({ room }: Stage, id: string): Promise<void> {
  await waitFor(async () => (await room.envelope(id)).balance?.heldNanoUsd === 0n, `envelope ${id} still holds money`);
}
