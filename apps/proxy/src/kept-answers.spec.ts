import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { MirrorStore } from '#contracts/mirror-store.js';
import { KeptAnswers } from './kept-answers.js';

const inMemory = (kept = new Map<string, Buffer>()): MirrorStore & { kept: Map<string, Buffer> } => ({
  kept,
  put: async (pointer, sealed) => Boolean(kept.set(pointer, sealed)),
  get: async (pointer) => kept.get(pointer) ?? null,
  delete: async (pointer) => void kept.delete(pointer),
  close: async () => undefined,
});
const keys = [createSecretKey(randomBytes(32)), randomBytes(32)] as const;
const answer = { route: 'alpha/big', model: 'big', team: 'team-a' };

test('what one proxy noted another finds, and nobody reads it in the store', async () => {
  const store = inMemory();
  const proxies = [1, 2].map(() => new KeptAnswers(store, ...keys, () => undefined));
  await proxies[0]!.remember('resp_1', answer);
  expect(await proxies[1]!.recall('resp_1')).toEqual(answer);
  expect(await proxies[1]!.recall('resp_2')).toBeNull();
  const [[pointer, sealed] = ['', Buffer.alloc(0)]] = store.kept;
  expect(pointer).not.toContain('resp_1');
  expect(sealed.toString('latin1')).not.toContain('team-a');
});

test('a store that is down loses the note, counts it, and says so when asked', async () => {
  const down = () => Promise.reject(new Error('down'));
  const store = { ...inMemory(), put: down, get: down };
  let dropped = 0;
  const kept = new KeptAnswers(store, ...keys, () => dropped++);
  await kept.remember('resp_1', answer);
  expect([await kept.recall('resp_1'), dropped]).toEqual([answer, 1]);
  await expect(kept.recall('resp_2')).rejects.toThrow('down');
});
