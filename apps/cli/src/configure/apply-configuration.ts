/** Carries a plan out through the control API. It stops at the first refusal; what was done before stands. */
import { askControl, type ControlClient, ControlRefused } from './ask-control.js';
import { planConfiguration, type Plan, type PlannedChange } from './plan-configuration.js';
import type { ReadConfiguration } from './read-configuration.js';

/** A change the control API refused, with those that were made before it. */
export class ApplyStopped extends Error {
  constructor(
    readonly at: PlannedChange,
    readonly done: PlannedChange[],
    readonly refusal: ControlRefused,
  ) {
    super(`${at.kind} ${at.name}: ${refusal.message}`, { cause: refusal });
  }
}

/** Plans and applies; returns what was done. Applying the same file again does nothing. Throws `ApplyStopped`. */
export async function applyConfiguration(
  client: ControlClient,
  file: ReadConfiguration,
  onChange: (change: PlannedChange) => void = () => undefined,
): Promise<Plan> {
  const plan = await planConfiguration(client, file);
  const done: PlannedChange[] = [];
  for (const change of plan.changes) {
    try {
      for (const request of change.requests) await askControl(client, request);
    } catch (error) {
      throw error instanceof ControlRefused ? new ApplyStopped(change, done, error) : error;
    }
    done.push(change);
    onChange(change);
  }
  return plan;
}
