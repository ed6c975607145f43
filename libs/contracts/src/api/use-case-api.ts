/** Use cases over the API. The mode is not part of the definition: it is switched by a verb of its own, with proof. */
import { z } from 'zod';
import { Instant } from '../names.js';
import { Mode, UseCase } from '../use-case.js';
import { Clearance } from '../verdict.js';
import { listOf, rowFields } from './stored.js';

/** Body of `PUT /api/use-cases/:slug`. */
export const UseCasePut = UseCase.omit({ slug: true, mode: true }).meta({ id: 'UseCasePut' });
export type UseCasePut = z.output<typeof UseCasePut>;

export const UseCaseAnswer = z.object({ definition: UseCase, ...rowFields }).meta({ id: 'UseCaseAnswer' });
export const UseCaseList = listOf(UseCaseAnswer).meta({ id: 'UseCaseList' });

/** Body of `POST /api/use-cases/:slug/mode`. An override goes into the ledger with the actor's name. */
export const ModeSwitch = z
  .object({ mode: Mode, override: z.object({ reason: z.string().trim().min(10).max(1_000) }).optional() })
  .meta({ id: 'ModeSwitch' });
export type ModeSwitch = z.output<typeof ModeSwitch>;

/** Body of `POST /api/use-cases/:slug/baseline`, the way back that asks for no proof and nobody's approval. */
export const Rollback = z.object({ reason: z.string().trim().min(1).max(1_000).optional() }).meta({ id: 'Rollback' });
export type Rollback = z.output<typeof Rollback>;

/** What `enforce` asks for, and what of it is there. */
export const EnforceProof = z
  .object({
    useCase: z.string(),
    proven: z.boolean(),
    /** Cleared candidates whose evidence has not expired. */
    clearances: z.array(Clearance),
    /** Signed statements that cover the verdict of one of those. */
    statements: z.array(z.string()),
    expiresAt: Instant.nullable(),
    /** What is missing, in words. */
    missing: z.array(z.string()),
  })
  .meta({ id: 'EnforceProof' });
export type EnforceProof = z.output<typeof EnforceProof>;
