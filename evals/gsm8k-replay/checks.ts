/** Each check says what it looked at and ends in `ok` or `MISMATCH`; a mismatch does not stop the run, so that all are seen. */
import { isDeepStrictEqual } from 'node:util';

export interface Check {
  what: string;
  ok: boolean;
  actual: string;
  expected: string;
}

export class Checks {
  readonly all: Check[] = [];

  constructor(private readonly say: (line: string) => void) {}

  get mismatches(): number {
    return this.all.filter(({ ok }) => !ok).length;
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    this.add(what, isDeepStrictEqual(actual, expected), spelled(actual), spelled(expected));
  }

  /** Within 1e-9, the tolerance of the published vectors. */
  near(what: string, actual: number, expected: number): void {
    this.add(what, Math.abs(actual - expected) <= 1e-9, spelled(actual), spelled(expected));
  }

  private add(what: string, ok: boolean, actual: string, expected: string): void {
    this.all.push({ what, ok, actual, expected });
    this.say(ok ? `ok        ${what}: ${actual}` : `MISMATCH  ${what}: ${actual}, expected ${expected}`);
  }
}

function spelled(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || value === undefined) return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}
