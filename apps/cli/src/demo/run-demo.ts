/**
 * The main job once, on real components: shadow, replay, grade, judge, sign, enforce, stop at an envelope, verify. The
 * application is the official OpenAI client over HTTP; only the venues are simulated.
 */
import { closeBooks } from './close-books.js';
import { venueKeyVariable, writeConfiguration } from './demo-configuration.js';
import type { DemoResult } from './demo-result.js';
import { DemoView } from './demo-view.js';
import { useCases, venues } from './demo-world.js';
import { enforceAndSpend } from './enforce-and-spend.js';
import { type Stage, withStage } from './open-stage.js';
import { proveInShadow } from './prove-in-shadow.js';
import { simulatorConfig, venueKey } from './simulator-config.js';

export interface DemoOptions {
  projectDir: string;
  distDir: string;
  seed: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** Everything but the result goes to standard error then. */
  json: boolean;
}

export interface RunningDemo {
  result: DemoResult;
  stage: Stage;
  stop: () => Promise<void>;
}

/** Resolves with everything still running. Rejects with everything stopped. */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const { projectDir, distDir, databaseUrl, redisUrl, seed, json } = options;
  return withStage(
    {
      ...{ projectDir, distDir, databaseUrl, redisUrl, useCases, writeConfiguration },
      name: 'demo',
      simulator: simulatorConfig(seed),
      secrets: Object.fromEntries(venues.map(({ id }) => [venueKeyVariable(id), venueKey(id)])),
      view: new DemoView(json ? process.stderr : process.stdout, json),
    },
    async (stage) => {
      const shadow = await proveInShadow(stage);
      const enforced = await enforceAndSpend(stage, shadow);
      return closeBooks(stage, enforced, seed);
    },
  );
}
