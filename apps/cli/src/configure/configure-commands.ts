/** `o10 plan`, `o10 apply`, `o10 schema`: configuration as code. */
import type { Command } from 'commander';
import { configurationJsonSchema } from '#contracts/configuration.js';
import { environment } from '../env.js';
import type { Place } from '../place.js';
import { applyConfiguration } from './apply-configuration.js';
import type { ControlClient } from './ask-control.js';
import { describePlan, type PlannedChange, planConfiguration } from './plan-configuration.js';
import { readConfiguration } from './read-configuration.js';

interface PlanOptions {
  json?: boolean;
}

export function addConfigureCommands(program: Command, place: Place): void {
  program
    .command('plan')
    .description('show what applying a file would change, and change nothing')
    .argument('<file>', 'o10.yaml')
    .option('--json', 'one JSON object')
    .action(async (file: string, { json }: PlanOptions) => {
      const { changes } = await planConfiguration(clientOf(place), await readConfiguration(file, environment()));
      process.stdout.write(
        json ? `${JSON.stringify({ changes: changes.map(shown) })}\n` : `${describePlan({ changes }).join('\n')}\n`,
      );
    });
  program
    .command('apply')
    .description('make it so')
    .argument('<file>', 'o10.yaml')
    .option('--json', 'one JSON object')
    .action(async (file: string, { json }: PlanOptions) => {
      const onChange = (change: PlannedChange) =>
        void (json || process.stdout.write(`${describePlan({ changes: [change] }).join('\n')}\n`));
      const { changes } = await applyConfiguration(
        clientOf(place),
        await readConfiguration(file, environment()),
        onChange,
      );
      process.stdout.write(
        json ? `${JSON.stringify({ applied: changes.map(shown) })}\n` : `${changes.length} changes applied\n`,
      );
    });
  program
    .command('schema')
    .description('print the JSON Schema of o10.yaml')
    .action(() => void process.stdout.write(`${JSON.stringify(configurationJsonSchema(), null, 2)}\n`));
}

/** Throws, with what to set, where nothing says which o10 to ask. */
export function clientOf({ settings }: Place): ControlClient {
  const { O10_CONTROL_URL: controlUrl, O10_TOKEN: token } = settings;
  if (controlUrl && token) return { controlUrl, token };
  throw new Error('Set O10_CONTROL_URL and O10_TOKEN; "o10 up" prints both.');
}

/** Requests hold secrets and are not shown. */
const shown = ({ action, kind, name, differences }: PlannedChange) => ({ action, kind, name, differences });
