// `npm run bench -- proxy|desk|ledger [--quick] [--json]`: what o10 costs, measured beside what it is compared with.
// The measures are TypeScript on the built code (dist/); this file only teaches Node to find them and picks one.
import './read-typescript.mjs';

const [name, ...flags] = process.argv.slice(2);
const quick = flags.includes('--quick');
const unknown = flags.filter((flag) => flag !== '--quick' && flag !== '--json');
const print = (figures) => {
  const text = JSON.stringify(figures, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
  if (flags.includes('--json')) process.stdout.write(`${text}\n`);
};

if (unknown.length === 0 && name === 'desk') {
  const { benchDesk } = await import('./desk.ts');
  print(await benchDesk({ seconds: quick ? 2 : 5 }));
} else if (unknown.length === 0 && name === 'proxy') {
  const { benchProxy } = await import('./proxy.ts');
  print(await benchProxy({ quick }));
} else if (unknown.length === 0 && name === 'ledger') {
  const { benchLedger } = await import('./ledger.ts');
  print(await benchLedger({ lines: quick ? 100_000 : 1_000_000 }));
} else {
  process.stderr.write(
    'npm run bench -- proxy|desk|ledger [--quick: about a minute] [--json: figures as the last line]\n',
  );
  process.exitCode = 2;
}
