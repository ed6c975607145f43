/** `o10`: the command line. Each command is a file; this one only says which there are. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { addCapacityCommands } from './capacity/capacity-commands.js';
import { addConfigureCommands } from './configure/configure-commands.js';
import { addCatalogCommands } from './catalog/catalog-commands.js';
import { addDemoCommand } from './demo/demo-command.js';
import { addEnvelopeCommands } from './envelopes/envelope-commands.js';
import { addEvalCommands } from './eval/eval-commands.js';
import { addGateCommands } from './gate/gate-commands.js';
import { addPricesCommands } from './prices/prices-commands.js';
import { addLedgerCommands } from './ledger/ledger-commands.js';
import { addShadowCommands } from './shadow/shadow-commands.js';
import { addStackCommands } from './stack/stack-commands.js';
import { addUseCaseCommands } from './use-cases/use-case-commands.js';
import { addVerifyCommands } from './verify/verify-commands.js';
import { readCliSettings } from './env.js';

const distDir = resolve(import.meta.dirname, '../../..');
const place = { distDir, projectDir: resolve(distDir, '..'), settings: readCliSettings() };

const program = new Command('o10')
  .description('An eval-gated control plane for what AI inference costs')
  .showHelpAfterError()
  .exitOverride();
addStackCommands(program, place);
addDemoCommand(program, place);
addConfigureCommands(program, place);
addGateCommands(program, place);
addEvalCommands(program, place);
addShadowCommands(program, place);
addEnvelopeCommands(program, place);
addPricesCommands(program, place);
addCatalogCommands(program, place);
addCapacityCommands(program, place);
addUseCaseCommands(program, place);
addLedgerCommands(program, place);
addVerifyCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof Error && 'exitCode' in error) process.exit(Number(error.exitCode));
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
