/** Committed capacity as it is declared in a file and as people read it. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { CapacityPeriodList, CommitmentAnswer } from '#contracts/api/commitment-api.js';
import { Configuration } from '#contracts/configuration.js';
import { desiredState } from '../configure/desired-state.js';
import { describeCapacity, describeCommitment } from './describe-capacity.js';

const section = {
  ...{ kind: 'provisioned', owner: 'care', routes: ['bedrock/m'], weights: { output_text: 1 }, periodUsd: '39.6' },
  ...{ unitsPerPeriod: 1_000_000, periodHours: 1, from: '2026-11-20T00:00:00.000Z', source: 'contract 7' },
};

test('a file says it in US dollars; two prices are refused', () => {
  const configuration = Configuration.decode({ apiVersion: 'v1', commitments: { units: section } } as never);
  const wire = desiredState({ configuration }).commitments.get('units');
  expect(wire).toMatchObject({ periodPicoUsd: '39.6', to: null, unitsPerPeriod: 1_000_000 });
  const twice = { apiVersion: 'v1', commitments: { units: { ...section, machines: {} } } };
  expect(Configuration.safeDecode(twice as never).success).toBe(false);
});

const { periodUsd, ...terms } = section;
const commitment = CommitmentAnswer.decode({
  definition: { id: 'units', ...terms, periodPicoUsd: periodUsd },
  now: {
    ...{ from: '2026-11-20T12:00:00.000Z', to: '2026-11-20T13:00:00.000Z', unitsTotal: '1000000', unitsUsed: '250000' },
    ...{ unitsBehindPace: '-1500', pricePicoUsd: '39600000000000', usedPicoUsd: '9900000000000', idlePicoUsd: null },
  },
  closed: { periods: 12, usedPicoUsd: '118800000000000', idlePicoUsd: '356400000000000' },
  ...{ revision: 1, updatedAt: '2026-11-20T00:00:00.000Z', updatedBy: 'ada@bank.example' },
} as never);

test('what is left, the pace, and money in two columns', () => {
  const periods = CapacityPeriodList.decode({
    items: [
      { ...(CommitmentAnswer.encode(commitment) as { now: object }).now },
      {
        ...{ from: '2026-11-20T11:00:00.000Z', to: '2026-11-20T12:00:00.000Z', unitsTotal: '1000000', unitsUsed: '0' },
        ...{ unitsBehindPace: null, pricePicoUsd: '39600000000000', usedPicoUsd: '0', idlePicoUsd: '39600000000000' },
      },
    ],
  } as never).items;
  const text = describeCommitment(commitment, periods).map(stripVTControlCharacters).join('\n');
  console.info(text);
  expect(text).toContain('█████░░░░░░░░░░░░░░░  25.00 % used, 750,000 of 1,000,000 units left');
  expect(text).toContain('1,500 units ahead of the pace, until 2026-11-20 13:00 UTC');
  expect(text).toContain('12 periods, 475.20 USD: carried by calls 118.80 USD, idle 356.40 USD (75.00 %)');
  expect(text).toMatch(/2026-11-20 12:00 – 13:00 +250,000 +25.00 % +9.90 USD +open/);
  expect(text).toMatch(/2026-11-20 11:00 – 12:00 +0 +0.00 % +0.00 USD +39.60 USD/);
});

test('nothing committed is said, with where to declare it', () =>
  expect(describeCapacity([])).toEqual([expect.stringContaining('"commitments" in o10.yaml')]));
