/** Writes a whole desk state beside the living one, in pieces no larger than Redis answers in passing. */
import { randomUUID } from 'node:crypto';
import type { DeskState } from '#contracts/envelope-desk.js';
import { rebuiltKeys, type DeskKeys, type RebuiltKey } from './desk-keys.js';
import { envelopeText, holdText } from './desk-wire.js';
import type { RedisConnection } from './open-redis.js';

const pieceMax = 500;
/** What a rebuild that died half way leaves behind goes by itself. */
const staleMs = 3_600_000;

export interface StagedState {
  staged: Record<RebuiltKey, string>;
  /** Living key and staged counterpart, in turn. */
  pairs: string[];
}

/** Changes nothing the desk answers from. */
export async function stageState(connection: RedisConnection, keys: DeskKeys, state: DeskState): Promise<StagedState> {
  const mark = randomUUID();
  const staged = Object.fromEntries(rebuiltKeys.map((key) => [key, `${keys[key]}:${mark}`])) as StagedState['staged'];
  for (const [key, fields] of Object.entries(fieldsOf(state)) as [RebuiltKey, [string, string | number][]][]) {
    for (let from = 0; from < fields.length; from += pieceMax) {
      const piece = fields.slice(from, from + pieceMax);
      await connection.hset(staged[key], ...piece.flat());
      if (from === 0) await connection.pexpire(staged[key], staleMs);
    }
  }
  return { staged, pairs: rebuiltKeys.flatMap((key) => [keys[key], staged[key]]) };
}

function fieldsOf({ envelopes, balances, holds, lines }: DeskState): Record<RebuiltKey, [string, string | number][]> {
  const windows = new Map<string, string>();
  for (const { envelope, window } of [...balances, ...holds.flatMap((hold) => hold.envelopes)]) {
    const used = windows.get(envelope) ?? ' ';
    if (!used.includes(` ${window} `)) windows.set(envelope, `${used}${window} `);
  }
  return {
    envelopes: envelopes.map((envelope) => [envelope.id, envelopeText(envelope)]),
    windows: [...windows],
    settled: balances.map(({ envelope, window, settledNanoUsd }) => [`${envelope} ${window}`, String(settledNanoUsd)]),
    held: balances.map(({ envelope, window, heldNanoUsd }) => [`${envelope} ${window}`, String(heldNanoUsd)]),
    holds: holds.map((hold) => [hold.holdId, holdText(hold)]),
    lines: lines.map(({ line, nextPosition }) => [line, nextPosition]),
  };
}
