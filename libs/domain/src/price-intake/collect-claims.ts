/**
 * What every reader does with a figure once it knows whose it is: weigh its spelling, and make a claim of it or say why
 * not. A figure that cannot be a price (negative, not a number) refuses the file, for then it is not what we think it is.
 */
import type { PriceClaim, PriceFinding } from '#contracts/api/price-intake-api.js';
import { ModelName } from '#contracts/names.js';
import { PriceRow } from '#contracts/price.js';
import { readPrice } from './decimal-price.js';
import { FileProblems, type Located, printable } from './located.js';
import { findingOf, type ReadPrices } from './price-claim.js';

/** How and under what names a file is taken in. */
export interface IntakeTerms {
  /** When undated prices shall take effect: ISO 8601, UTC. */
  effectiveAt: string;
  /** For rows whose file names no page of its own. */
  sourcePage: string;
  sourceHash?: string;
  /** The operator's names of venues, by the file's. */
  renamed?: Readonly<Record<string, string>>;
}

export type RowFacts = Omit<PriceRow, 'ratePicoUsd' | 'source' | 'validFrom' | 'declaredFree' | 'per'> &
  Partial<Pick<PriceRow, 'source' | 'validFrom' | 'declaredFree'>>;

export interface Figure {
  value: Located;
  /** Dotted: where it stands, for problems and findings. */
  field: string;
  facts: RowFacts;
  /** Units the figure is the price of: 1 for a token, 1,000,000 for a million of them. */
  units: bigint;
  /** The row is for that many units as well, because one of them has no whole price. */
  per?: number;
  confirmedBy?: string[];
}

/** Above this, a "price" is an attack on somebody's arithmetic: a million dollars for one unit. */
const rateMaxPicoUsd = 10n ** 18n;
const digitsMax = 12;

export class ClaimCollector implements ReadPrices {
  readonly claims: PriceClaim[] = [];
  readonly findings: PriceFinding[] = [];
  readonly notRead: Record<string, number> = {};

  constructor(
    private readonly terms: IntakeTerms,
    readonly problems: FileProblems,
  ) {}

  /** Counts a field with a price that no meter is for. */
  skip(field: string): void {
    if (Object.keys(this.notRead).length < 1_000 || Object.hasOwn(this.notRead, field))
      this.notRead[printable(field)] = (this.notRead[printable(field)] ?? 0) + 1;
  }

  take({ value, field, facts, units, per, confirmedBy = [] }: Figure): void {
    const written = value.kind === 'number' || value.kind === 'text' ? readPrice(value.text, units) : null;
    const limit = rateMaxPicoUsd * BigInt(per ?? 1);
    if (!written) return this.problems.add(value, field, `a price must be a decimal number, is ${shown(value)}`);
    if (written.negative) return this.problems.add(value, field, `the price ${shown(value)} is below zero`);
    if (written.picoUsd > limit) return this.problems.add(value, field, `the price ${shown(value)} is beyond reason`);
    if (!ModelName.safeParse(facts.model).success)
      return this.problems.add(value, field, `"${facts.model}" is no name of a model`);
    const about = { row: facts, line: value.line, field: field.slice(0, 300) };
    const doubt = (code: PriceFinding['code'], message: string) =>
      void this.findings.push(findingOf(about, code, 'refuses', message));
    if (written.significantDigits > digitsMax)
      return doubt('float_artefact', `${shown(value)} has ${written.significantDigits} digits: a float, not a price`);
    if (!written.whole) return doubt('finer_than_pico', `${shown(value)} is no whole number of pico-dollars a unit`);
    if (written.zero && facts.declaredFree !== true)
      return doubt('zero_not_declared', 'a price of zero that nobody declared free is an unknown price');
    const row = PriceRow.safeDecode({
      ...(facts as Omit<PriceRow, 'ratePicoUsd'>),
      ...(per && per !== 1 && { per }),
      ratePicoUsd: written.picoUsd.toString(),
      validFrom: facts.validFrom ?? this.terms.effectiveAt,
      source: facts.source ?? this.terms.sourcePage,
      ...(this.terms.sourceHash && { sourceHash: this.terms.sourceHash }),
    });
    if (!row.success) {
      const [issue] = row.error.issues;
      return this.problems.add(
        value,
        field,
        `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is no price'}`.trim(),
      );
    }
    const dated = facts.validFrom !== undefined;
    this.claims.push({ row: row.data, dated, line: about.line, field: about.field, confirmedBy });
  }
}

const shown = (value: Located) =>
  value.kind === 'map' || value.kind === 'list' ? `a ${value.kind}` : value.text || 'null';
