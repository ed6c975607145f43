/**
 * Finance signs, the engineer switches, the same requests come again. Where nothing cleared, enforce is refused; forced
 * by an admin's override it serves the baseline, never the best of those that failed.
 */
import type { Statement } from '#contracts/statement.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { snapshotReached, type Stage } from '../../apps/cli/src/demo/open-stage.js';
import { ledgerSealed } from '../../apps/cli/src/demo/seal-and-verify.js';
import { dialsOf } from '../../apps/cli/src/demo/venue-bill.js';
import { type Asked, askInOrder } from './ask-in-order.js';
import type { Checks } from './checks.js';
import type { RecordedQuestion } from './read-recorded.js';
import {
  gpt4oWithin3,
  gpt4oWithin5,
  llamaWithin5,
  models,
  type RecordedModel,
  type RecordedUseCase,
  routeOf,
} from './recorded-world.js';

export interface Enforced {
  useCase: string;
  statement: Statement | null;
  /** What the same calls cost when the baseline served them, and when they were routed. */
  baselinePicoUsd: bigint | null;
  actualPicoUsd: bigint | null;
  asked: Asked;
}

const concurrency = 4;
const overrideReason = 'The replay shows that nothing that failed is served, even when enforce is forced.';

interface Expected {
  useCase: RecordedUseCase;
  /** Who must serve every call. */
  serves: RecordedModel;
  reason: string;
}

const expected: readonly Expected[] = [
  { useCase: gpt4oWithin5, serves: models.gpt4oMini, reason: 'cheapest_cleared' },
  { useCase: llamaWithin5, serves: models.together, reason: 'cheapest_cleared' },
  { useCase: gpt4oWithin3, serves: models.gpt4o, reason: 'nothing_cleared' },
];

export async function enforceRecorded(
  stage: Stage,
  questions: RecordedQuestion[],
  checks: Checks,
): Promise<Enforced[]> {
  stage.view.step('Finance signs, the engineer switches');
  await ledgerSealed(stage);
  const statements = new Map<string, Statement>();
  for (const { useCase, serves } of expected.filter(({ reason }) => reason === 'cheapest_cleared'))
    statements.set(useCase.slug, await signAndSwitch(stage, useCase, serves, questions.length, checks));
  await forceUnproven(stage, gpt4oWithin3, checks);
  await snapshotReached(stage);
  stage.view.step(`Enforced: the same ${questions.length} requests again`);
  const since = new Date().toISOString();
  const dialsBefore = await dialsOf(stage.simulatorUrl);
  const asked = await Promise.all(expected.map(({ useCase }) => askAgain(stage, useCase, questions)));
  await ledgerSealed(stage);
  checkDials(dialsBefore, await dialsOf(stage.simulatorUrl), questions.length, checks);
  const enforced: Enforced[] = [];
  for (const [place, one] of expected.entries()) {
    const seen = asked[place] as Asked;
    const { slug } = one.useCase;
    checks.equal(`${slug}: who served, as the application was told`, seen.served, {
      [routeOf(one.serves)]: questions.length,
    });
    checks.equal(`${slug}: why`, seen.reasons, { [one.reason]: questions.length });
    const statement = statements.get(slug) ?? null;
    enforced.push({
      useCase: slug,
      asked: seen,
      statement,
      ...(await realised(stage, slug, statement, since, checks)),
    });
  }
  return enforced;
}

/** Returns the signed statement. */
async function signAndSwitch(
  { room, engineer, finance, startedAt, view }: Stage,
  { slug }: RecordedUseCase,
  serves: RecordedModel,
  calls: number,
  checks: Checks,
): Promise<Statement> {
  checks.equal(
    `${slug}: enforce without a signed statement`,
    await room.enforce(engineer, slug),
    'enforce_needs_proof',
  );
  const statement = await room.draft(engineer, slug, startedAt);
  await room.move(engineer, statement.id, 'submit');
  checks.equal(
    `${slug}: its author signs`,
    (await room.move(engineer, statement.id, 'sign')) !== null ? 'refused' : 'signed',
    'refused',
  );
  checks.equal(`${slug}: finance signs`, (await room.move(finance, statement.id, 'sign')) ?? 'signed', 'signed');
  checks.equal(`${slug}: proposed route`, statement.proposed, routeOf(serves));
  checks.equal(
    `${slug}: calls stated, and measured by a replay`,
    [statement.calls, statement.measuredCalls],
    [calls, calls],
  );
  checks.equal(`${slug}: enforce`, (await room.enforce(engineer, slug)) ?? 'on', 'on');
  view.say(
    `${slug}: signed ${usd(statement.measuredSavingPicoUsd)} USD measured, evaluation ${usd(statement.evaluationCostPicoUsd)}, verified ${usd(statement.verifiedPicoUsd)}`,
  );
  for (const words of statement.overrides) view.say(`${slug}: the statement says: ${words}`);
  return statement;
}

async function forceUnproven({ room, engineer }: Stage, { slug }: RecordedUseCase, checks: Checks): Promise<void> {
  checks.equal(`${slug}: enforce where nothing cleared`, await room.enforce(engineer, slug), 'enforce_needs_proof');
  checks.equal(`${slug}: an engineer overrides`, await room.enforce(engineer, slug, overrideReason), 'forbidden');
  checks.equal(`${slug}: an admin overrides`, (await room.enforce(room.admin, slug, overrideReason)) ?? 'on', 'on');
}

const askAgain = ({ stack, keys }: Stage, { slug, baseline }: RecordedUseCase, questions: RecordedQuestion[]) =>
  askInOrder({ proxyUrl: stack.proxyUrl, key: keys[slug] ?? '', model: baseline.model, questions, concurrency });

/** Each of these models serves in one of the use cases only, so the venues' own counters tell who received the calls. */
function checkDials(
  before: Record<string, number>,
  after: Record<string, number>,
  calls: number,
  checks: Checks,
): void {
  for (const model of Object.values(models)) {
    const route = routeOf(model);
    const received = (after[route] ?? 0) - (before[route] ?? 0);
    checks.equal(
      `dials: requests ${route} received while enforced`,
      received,
      expected.some(({ serves }) => serves === model) ? calls : 0,
    );
  }
}

/** The recorded answers are the same again, so what is saved is to the last pico-dollar what the replays had measured. */
async function realised(
  { room, engineer, view }: Stage,
  slug: string,
  statement: Statement | null,
  since: string,
  checks: Checks,
) {
  const stated = await room.draft(engineer, slug, since);
  const actualPicoUsd = stated.actualPicoUsd;
  if (!statement) return { baselinePicoUsd: null, actualPicoUsd };
  const baselinePicoUsd = statement.actualPicoUsd;
  const saved = baselinePicoUsd - actualPicoUsd;
  const percent = (Number((saved * 10_000n) / baselinePicoUsd) / 100).toFixed(2);
  view.say(
    `${slug}: ${stated.calls} enforced calls cost ${usd(actualPicoUsd)} USD instead of ${usd(baselinePicoUsd)}: ${usd(saved)} USD saved (${percent} %)`,
  );
  checks.equal(`${slug}: pico-USD saved, as the signed statement measured`, saved, statement.measuredSavingPicoUsd);
  return { baselinePicoUsd, actualPicoUsd };
}

const usd = (picoUsd: bigint): string => decimalUsd(picoUsd);
