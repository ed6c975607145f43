/** Shadow: production is served unchanged while the evidence of each candidate grows, until the gate decides. */
import type { GateEvidence } from '#contracts/api/gate-api.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import type { Balances, ControlRoom } from './control-room.js';
import { type DemoUseCase, useCaseLimitUsd, useCases } from './demo-world.js';
import { type Driven, driveTraffic } from './drive-traffic.js';
import type { Stage } from './open-stage.js';

export interface Shadowed {
  useCase: DemoUseCase;
  driven: Driven;
  evidence: GateEvidence[];
}

const concurrency = 6;
const pollMs = 300;
const settleMs = 30_000;

export async function proveInShadow(stage: Stage): Promise<Shadowed[]> {
  stage.view.step('Shadow: the application calls atlas-xl; each call is replayed against the candidates');
  let evidence: GateEvidence[] = [];
  const counts: Record<string, Driven> = {};
  const watching = watch(stage, counts, (seen) => (evidence = seen));
  const driven = await Promise.all(
    useCases.map((useCase) =>
      driveTraffic({
        proxyUrl: stage.stack.proxyUrl,
        key: stage.keys[useCase.slug] ?? '',
        useCase,
        from: 0,
        to: useCase.callsMax,
        concurrency,
        enough: () => decided(useCase, evidence),
        onCall: (now) => (counts[useCase.slug] = now),
      }),
    ),
  );
  await replaysDone(stage.room);
  evidence = await stage.room.evidence();
  await watching.stop();
  return useCases.map((useCase, place) => ({
    useCase,
    driven: driven[place] as Driven,
    evidence: evidence.filter((one) => one.useCase === useCase.slug),
  }));
}

function decided(useCase: DemoUseCase, evidence: GateEvidence[]): boolean {
  const mine = evidence.filter((one) => one.useCase === useCase.slug);
  return mine.length === useCase.candidates.length && mine.every(({ word }) => word === 'cleared' || word === 'failed');
}

/** The last replays are graded and folded when nothing is held and no candidate's evidence grows any more. */
async function replaysDone(room: ControlRoom): Promise<void> {
  const deadline = Date.now() + settleMs;
  let last = '';
  for (let same = 0; same < 4 && Date.now() < deadline;) {
    const [evidence, balances] = await Promise.all([room.evidence(), room.balances()]);
    const held = Object.values(balances).some(({ heldNanoUsd }) => heldNanoUsd > 0n);
    const now =
      evidence.map(({ samples }) => samples).join() +
      Object.values(balances)
        .map((one) => one.settledNanoUsd)
        .join();
    same = now === last && !held ? same + 1 : 0;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function watch(stage: Stage, counts: Record<string, Driven>, onEvidence: (seen: GateEvidence[]) => void) {
  let running = true;
  const loop = async () => {
    while (running) {
      const [evidence, balances] = await Promise.all([stage.room.evidence(), stage.room.balances()]);
      onEvidence(evidence);
      const rows = useCases.map(({ slug }) => ({
        useCase: slug,
        calls: counts[slug]?.sent ?? 0,
        spentUsd: spent(balances, slug),
        limitUsd: useCaseLimitUsd,
        evidence: evidence.filter((one) => one.useCase === slug),
      }));
      stage.view.show(rows, Date.now());
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  const looping = loop();
  return {
    stop: async () => {
      running = false;
      await looping;
    },
  };
}

const spent = (balances: Balances, slug: string): string =>
  decimalUsd((balances[`${slug}-month`]?.settledNanoUsd ?? 0n) * 1000n);
