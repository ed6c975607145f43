/** `main.js --config <file.json> [--port 0] [--host 127.0.0.1] [--with-parent]`: prints one line with its address, runs until told to stop. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SimulatorConfigInput } from './config.js';
import { startSimulator } from './start-simulator.js';

const usage = 'usage: main.js --config <file.json> [--port 0] [--host 127.0.0.1] [--with-parent]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      /** End when standard input closes: whoever started it is gone. */
      'with-parent': { type: 'boolean', default: false },
    },
  });
  if (values.config === undefined) throw new Error(usage);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  const config = readConfig(values.config);
  const baseFolder = dirname(resolve(values.config));
  const simulator = await startSimulator(config, { port, host: values.host, baseFolder });
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (values['with-parent']) process.stdin.once('end', stop).resume();
  process.stdout.write(`${JSON.stringify({ simulator: simulator.url })}\n`);
}

function readConfig(file: string): SimulatorConfigInput {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SimulatorConfigInput;
  } catch (error) {
    throw new Error(`--config ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
