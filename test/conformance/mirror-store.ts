/** What every mirror store must do. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mirrorSizeMaxBytes, type MirrorStore } from '#contracts/mirror-store.js';

export function describeMirrorStore(name: string, makeStore: () => MirrorStore, { skip = false } = {}): void {
  describe.skipIf(skip)(`the mirror store: ${name}`, () => {
    let store: MirrorStore;
    beforeAll(() => {
      store = makeStore();
    });
    afterAll(() => store.close());
    const hourMs = 3_600_000;

    test('gives back the bytes it was given, until deleted', async () => {
      const [pointer, sealed] = [randomUUID(), randomBytes(5_000)];
      expect(await store.get(pointer)).toBeNull();
      expect(await store.put(pointer, sealed, hourMs)).toBe(true);
      expect(await store.get(pointer)).toEqual(sealed);
      await store.delete(pointer);
      await store.delete(pointer);
      expect(await store.get(pointer)).toBeNull();
    });

    test('the largest fits, one byte more is not kept', async () => {
      const [fits, tooLarge] = [randomUUID(), randomUUID()];
      const sealed = randomBytes(mirrorSizeMaxBytes);
      expect(await store.put(fits, sealed, hourMs)).toBe(true);
      expect((await store.get(fits))?.equals(sealed)).toBe(true);
      expect(await store.put(tooLarge, Buffer.concat([sealed, Buffer.of(0)]), hourMs)).toBe(false);
      expect(await store.get(tooLarge)).toBeNull();
      await store.delete(fits);
    });

    test('empty is not absent', async () => {
      const pointer = randomUUID();
      await store.put(pointer, Buffer.alloc(0), hourMs);
      expect(await store.get(pointer)).toEqual(Buffer.alloc(0));
    });

    test('is gone after its lifetime, which a second put begins anew', async () => {
      const [short, renewed] = [randomUUID(), randomUUID()];
      await store.put(short, Buffer.from('a'), 1);
      await store.put(renewed, Buffer.from('a'), 1);
      await store.put(renewed, Buffer.from('b'), hourMs);
      await expect.poll(() => store.get(short), { timeout: 2_000 }).toBeNull();
      expect(await store.get(renewed)).toEqual(Buffer.from('b'));
    });
  });
}
