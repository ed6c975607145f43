/** The columns of a line, read off its content. They serve queries only: what is hashed and exported are the bytes. */
import type { Entry } from '#contracts/entry.js';
import { PicoUsd } from '#contracts/money.js';
import { Id, Slug } from '#contracts/names.js';

export interface EntryColumns {
  log: string;
  kind: string;
  entryId: string;
  callId: string | null;
  useCase: string | null;
  occurredAt: string;
  /** Pico-USD. Null where the line has no cost, which is not a cost of zero. */
  costPico: string | null;
}

export function projectEntry({ log, kind, id, occurredAt, body }: Entry): EntryColumns {
  const cost = body['costPicoUsd'];
  return {
    log,
    kind,
    entryId: id,
    callId: Id.safeParse(body['callId']).data ?? null,
    useCase: Slug.safeParse(body['useCase']).data ?? null,
    occurredAt,
    costPico: typeof cost === 'string' && PicoUsd.safeDecode(cost).success ? cost : null,
  };
}
