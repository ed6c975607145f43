/**
 * Measures the price checks: the known errors of public lists, and slips injected at random into the shipped book. Fails
 * when fewer than 95 % are flagged; prints what was missed and what was flagged for nothing.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSeed } from '../../apps/cli/src/prices/read-price-file.js';
import { bookWith } from '#domain/price-intake/price-timeline.js';
import type { Experiment, ExperimentPlace } from '../experiment.js';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import {
  type Counted,
  crossSourceErrors,
  drawSlips,
  falselyFlagged,
  flaggedSlips,
  sanityErrors,
} from './measure-checks.js';
import { asOf, readSources, type Sources } from './read-sources.js';

export const priceChecks: Experiment = {
  name: 'price-checks',
  about: 'how many errors of public price lists, and slips put into a clean one, the import flags',
  run: measure,
};

const flaggedMin = 0.95;
const slipCount = 50;
const rounds = 10;
const fieldsShown = 12;

const shareOf = ({ flagged, all }: Counted) => (all === 0 ? 1 : flagged / all);
const line = (name: string, counted: Counted) =>
  console.log(
    `${`${counted.flagged} of ${counted.all}`.padStart(12)}  ${(100 * shareOf(counted)).toFixed(1).padStart(5)} %  ${name}`,
  );
const missed = ({ missed: names }: Counted) => names.forEach((name) => console.log(`                missed: ${name}`));

async function measure({ projectDir, args }: ExperimentPlace): Promise<number> {
  const folder = args[0] ?? join(projectDir, '../shared/data/prices');
  const sources = await readSources(folder);
  const known = sources ? measureKnown(sources) : 1;
  const slips = await measureSlips(join(projectDir, 'prisma/seed/prices'), sources);
  if (!sources) {
    console.log(`\n${folder} is not there: known errors and agreement of sources were NOT measured.`);
    return 3;
  }
  const holds = known >= flaggedMin && slips >= flaggedMin;
  console.log(`\n${holds ? 'At least' : 'FEWER THAN'} ${100 * flaggedMin} % are flagged.`);
  return holds ? 0 : 1;
}

/** The share of the listed errors that is flagged. */
function measureKnown(sources: Sources): number {
  const { errors: sanity, others, rows } = sanityErrors(sources);
  const { errors: cross, fromTable } = crossSourceErrors(sources);
  console.log('Known errors of public lists');
  line('figures of LiteLLM that cannot be', sanity);
  missed(sanity);
  line(`figures that sources say differently (${fromTable} figures taken from the table)`, cross);
  missed(cross);
  console.log(`\nFlagged in LiteLLM's list and not among the listed errors, of ${rows} rows and figures dropped:`);
  for (const [code, fields] of others) {
    const more = fields.length > fieldsShown ? `, and ${fields.length - fieldsShown} more` : '';
    console.log(`${String(fields.length).padStart(12)}  ${code}: ${fields.slice(0, fieldsShown).join(', ')}${more}`);
  }
  return shareOf({ flagged: sanity.flagged + cross.flagged, all: sanity.all + cross.all, missed: [] });
}

/** The share of the slips of the first round that is flagged with everything the import has: what is promised. */
async function measureSlips(folder: string, sources: Sources | null): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const files = await Promise.all(
    names.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') })),
  );
  const clean = (await readSeed(folder, asOf)).post.claims;
  const rows = bookWith(
    [],
    clean.map(({ row }) => row),
  );
  const sightings = Object.entries(sources?.lists ?? {}).flatMap(([source, { post }]) =>
    post.claims.map((claim) => ({ source, claim })),
  );
  const levels = [
    { name: 'range checks alone', rows: [], sightings: [] },
    { name: 'and the book in force', rows, sightings: [] },
    { name: 'and the other sources', rows, sightings },
  ];
  const slips = drawSlips(files, slipCount, seededDraws(1));
  console.log(`\n${slipCount} slips in the shipped book, seed 1`);
  let share = 0;
  for (const level of levels) {
    const found = flaggedSlips({ files, ...level }, slips);
    line(level.name, found);
    share = shareOf(found);
    if (level === levels.at(-1)) missed(found);
  }
  const more = flaggedSlips({ files, rows, sightings }, drawSlips(files, slipCount * rounds, seededDraws(2)));
  line(`${slipCount * rounds} more, seed 2, with everything`, more);
  missed(more);
  const rate = shareOf(more);
  // As a first import: against a book that says the same already, nothing could be flagged.
  for (const { name, sightings: heard } of [levels[0]!, { name: 'against the other sources', sightings }]) {
    const falsely = falselyFlagged(clean, { rows: [], sightings: heard });
    console.log(`\nfalse positives in the clean book, ${name}: ${falsely.length} of ${clean.length} rows`);
    falsely.forEach((one) => console.log(`                ${one}`));
  }
  return Math.min(share, rate);
}
