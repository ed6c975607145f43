/**
 * A hundred logs are tampered with, most of them by the owner of the database, and a hundred are not. Every tamper must be
 * found from the exported files alone and named; no honest log may be complained of.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '#postgres/embedded/start-embedded.js';
import type { Experiment, ExperimentPlace } from '../experiment.js';
import { type Draw, drawsOf } from './sample-log.js';
import { type SealedLog, TamperWorld } from './tamper-world.js';
import { cutTail, deleteLine, editByte, editFile, type OwnerTamper, swapLines } from './tampers.js';

export const ledgerTamper: Experiment = {
  name: 'ledger-tamper',
  about: '100 ledgers tampered with, 100 left alone: which ones the verifier finds [--seed <n>]',
  run: tamper,
};

const size = 700;
const perKind = { 'one byte': 30, 'one byte of a file': 10, deleted: 20, reordered: 20, 'tail cut': 10, rewritten: 10 };
type Kind = keyof typeof perKind;
const honest = 100;

async function tamper({ projectDir, args }: ExperimentPlace): Promise<number> {
  const { values } = parseArgs({ args, options: { seed: { type: 'string', default: '1' } } });
  const draw = drawsOf(Number(values.seed));
  const server = await startEmbedded({ projectDir, name: 'evals-ledger-tamper', disposable: true });
  const scratch = await mkdtemp(join(tmpdir(), 'o10-ledger-tamper-'));
  try {
    const signing = generateKeyPairSync('ed25519').privateKey;
    const world = await TamperWorld.open({ serverUrl: server.url, projectDir, scratch, signing });
    const log = await world.seal('acme', size, draw);
    const found = await tamperAll(world, log, draw);
    const passed = await leaveAlone(world, draw);
    await world.close();
    console.log(
      `\n${found} of 100 tampered ledgers found and named, ${passed} of ${honest} honest ones verified, seed ${values.seed}`,
    );
    return found === 100 && passed === honest ? 0 : 1;
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function tamperAll(world: TamperWorld, log: SealedLog, draw: Draw): Promise<number> {
  const tampers: Record<Kind, () => Promise<string | null>> = {
    'one byte': () => byOwner(world, log, editByte(size, draw)),
    'one byte of a file': () => inFile(world, log, draw),
    deleted: () => byOwner(world, log, deleteLine(size, draw)),
    reordered: () => byOwner(world, log, swapLines(size, draw)),
    'tail cut': () => byOwner(world, log, cutTail(size, log.sealed, draw)),
    rewritten: () => rewritten(world, log, draw),
  };
  let found = 0;
  for (const kind of Object.keys(perKind) as Kind[]) {
    let ofKind = 0;
    for (let run = 0; run < perKind[kind]; run += 1) {
      const missed = await tampers[kind]();
      if (missed === null) ofKind += 1;
      else console.log(`NOT FOUND  ${kind}: ${missed}`);
    }
    console.log(`${String(ofKind).padStart(4)} of ${perKind[kind]}  ${kind}`);
    found += ofKind;
  }
  return found;
}

/** Null when found and named; else what was done, and what was said. */
async function byOwner(world: TamperWorld, log: SealedLog, { what, sql, named }: OwnerTamper): Promise<string | null> {
  const problems = await world.onCopy(log, async (copy) => {
    await copy.asOwner(sql);
    return copy.verify([log.note]);
  });
  return named(problems) ? null : `${what}; said: ${JSON.stringify(problems.slice(0, 3))}`;
}

async function inFile(world: TamperWorld, log: SealedLog, draw: Draw): Promise<string | null> {
  const { path, what, change, named } = editFile(size, draw);
  const file = join(log.folder, path);
  const before = await readFile(file);
  await writeFile(file, change(Buffer.from(before)));
  const problems = await world.verifyFolder(log.folder, [log.note]);
  await writeFile(file, before);
  return named(before, problems) ? null : `${what}; said: ${JSON.stringify(problems.slice(0, 3))}`;
}

/**
 * One line says something else, and every hash, tile and root is made again, by the same code that made the first. In
 * turn: the signed notes are left as they are; they are replaced by notes of a signer that forgot what it had signed, and
 * the reader kept one; and the signer, which remembers, is asked to sign.
 */
async function rewritten(world: TamperWorld, log: SealedLog, draw: Draw): Promise<string | null> {
  const index = 2 + draw(log.sealed[0]! - 2);
  const way = draw(3);
  return world.onEmpty(async (fresh) => {
    await fresh.rewrite(log, index, 1 + draw(1_000));
    if (way === 2) {
      const refusal = await fresh.sealRemembering(log);
      return refusal.includes('do not begin with the') ? null : `signed again: ${refusal}`;
    }
    if (way === 0) await fresh.adoptNotes(log);
    else await fresh.sealForgetful();
    const problems = await fresh.verify([log.note]);
    const wanted = way === 0 ? 'checkpoints/' : 'kept checkpoint 1';
    const named = problems.some(({ what }) => what.includes(wanted) && what.includes('do not have the signed root'));
    return named ? null : `line ${index} rewritten with every hash; said: ${JSON.stringify(problems.slice(0, 3))}`;
  });
}

async function leaveAlone(world: TamperWorld, draw: Draw): Promise<number> {
  let passed = 0;
  for (let run = 0; run < honest; run += 1) {
    const { folder, note } = await world.seal(`honest-${run}`, 3 + draw(size), draw);
    const problems = await world.verifyFolder(folder, [note]);
    if (problems.length === 0) passed += 1;
    else console.log(`COMPLAINED OF  honest-${run}: ${JSON.stringify(problems.slice(0, 3))}`);
  }
  return passed;
}
