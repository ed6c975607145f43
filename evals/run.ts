/** `npm run evals`: experiments that test our own claims. Without a name it lists them; the exit code is the experiment's. */
import { resolve } from 'node:path';
import type { Experiment } from './experiment.js';
import { envelopeSimulation } from './envelope-simulation/envelope-simulation.js';
import { drift } from './drift/drift.js';
import { gateFalseClear } from './gate-false-clear/gate-false-clear.js';
import { ledgerTamper } from './ledger-tamper/ledger-tamper.js';
import { gsm8kReplay } from './gsm8k-replay/gsm8k-replay.js';
import { priceChecks } from './price-checks/price-checks.js';
import { judgeBias } from './judge-bias/judge-bias.js';

const experiments: readonly Experiment[] = [
  gateFalseClear,
  drift,
  judgeBias,
  gsm8kReplay,
  priceChecks,
  ledgerTamper,
  envelopeSimulation,
];
const distDir = resolve(import.meta.dirname, '..');
const [name, ...args] = process.argv.slice(2);
const chosen = experiments.find((experiment) => experiment.name === name);

if (chosen) {
  process.exitCode = await chosen.run({ projectDir: resolve(distDir, '..'), distDir, args });
} else {
  const width = Math.max(...experiments.map((experiment) => experiment.name.length));
  const list = experiments.map((experiment) => `  ${experiment.name.padEnd(width)}  ${experiment.about}`);
  const unknown = name === undefined ? [] : [`There is no experiment ${JSON.stringify(name)}.`];
  process.stdout.write([...unknown, 'npm run evals -- <name>', ...list, ''].join('\n'));
  process.exitCode = name === undefined ? 0 : 2;
}
