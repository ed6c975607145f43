/** What every snapshot feed must do. Each test works on an organisation of its own. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ApiKey } from '#contracts/key.js';
import type { PublishedSnapshot, SnapshotFeed } from '#contracts/snapshot-feed.js';

export type MakeFeed = (organisation: string) => SnapshotFeed;

export function snapshotOf(version: number, body = `{"version":${version}}`): PublishedSnapshot {
  return { version, sha256: version.toString(16).padStart(64, '0'), body };
}

export function apiKey(id: string, changes: Partial<ApiKey> = {}): ApiKey {
  const secretHmac = '0'.repeat(64);
  const none = { useCase: null, modelAllowList: null, expiresAt: null, revokedAt: null };
  return {
    id,
    secretHmac,
    name: `key ${id}`,
    organisation: 'acme',
    team: 'support',
    scopes: ['call'],
    ...none,
    ...changes,
  };
}

export function describeSnapshotFeed(name: string, makeFeed: MakeFeed, { skip = false } = {}): void {
  const feedOfItsOwn = () => makeFeed(`org-${randomUUID()}`);

  describe.skipIf(skip)(`the snapshot feed: ${name}`, () => {
    describeSnapshots(feedOfItsOwn);
    describeKeys(feedOfItsOwn);
    describeCapacity(feedOfItsOwn);
    describeSubscriptions(makeFeed);
  });
}

function describeCapacity(feedOfItsOwn: () => SnapshotFeed): void {
  test('counts of capacity: none, then the latest, each organisation its own', async () => {
    const [feed, other] = [feedOfItsOwn(), feedOfItsOwn()];
    expect(await feed.capacity()).toBeNull();
    const countsAt = (asOf: string, unitsUsed: string) => ({
      asOf,
      periods: [{ commitment: 'ptu', from: '2026-11-20T12:00:00.000Z', unitsUsed }],
    });
    await feed.publishCapacity(countsAt('2026-11-20T12:00:01.000Z', '7'));
    await feed.publishCapacity(countsAt('2026-11-20T12:00:02.000Z', '9007199254740993'));
    expect(await feed.capacity()).toEqual(countsAt('2026-11-20T12:00:02.000Z', '9007199254740993'));
    expect(await other.capacity()).toBeNull();
    await Promise.all([feed.close(), other.close()]);
  });
}

function describeSnapshots(feedOfItsOwn: () => SnapshotFeed): void {
  test('nothing, then the latest, byte for byte', async () => {
    const feed = feedOfItsOwn();
    expect(await feed.latest()).toBeNull();
    const body = JSON.stringify({ text: 'Ünïcødé 💶 "quoted"\n', large: 'x'.repeat(300_000) });
    await feed.publish(snapshotOf(3, body));
    expect(await feed.latest()).toEqual(snapshotOf(3, body));
    await feed.publish(snapshotOf(7));
    expect(await feed.latest()).toEqual(snapshotOf(7));
    await feed.close();
  });

  test('versions never go back, nor stand still', async () => {
    const feed = feedOfItsOwn();
    await feed.publish(snapshotOf(5));
    await expect(feed.publish(snapshotOf(5, 'other'))).rejects.toThrow(/version 5 is not later/);
    await expect(feed.publish(snapshotOf(4))).rejects.toThrow(/version 4 is not later/);
    expect(await feed.latest()).toEqual(snapshotOf(5));
    await feed.close();
  });

  test('of publishers at once, the greatest version is left', async () => {
    const feed = feedOfItsOwn();
    const outcomes = await Promise.allSettled([4, 9, 2, 7, 9, 1].map((version) => feed.publish(snapshotOf(version))));
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    expect(await feed.latest()).toEqual(snapshotOf(9));
    await feed.close();
  });
}

function describeKeys(feedOfItsOwn: () => SnapshotFeed): void {
  test('deltas are numbered in order and read by number', async () => {
    const feed = feedOfItsOwn();
    expect(await feed.keysSince(0, 10)).toEqual([]);
    expect(await feed.publishKeys([])).toEqual([]);
    const first = await feed.publishKeys([apiKey('a'), apiKey('b'), apiKey('c')]);
    const [a, b, c] = first.map(({ sequence }) => sequence);
    expect([b, c]).toEqual([(a ?? 0) + 1, (a ?? 0) + 2]);
    expect(first.map(({ key }) => key)).toEqual([apiKey('a'), apiKey('b'), apiKey('c')]);
    expect(await feed.keysSince(0, 10)).toEqual(first);
    expect(await feed.keysSince(a ?? 0, 1)).toEqual(first.slice(1, 2));
    expect(await feed.keysSince(c ?? 0, 10)).toEqual([]);
    await feed.close();
  });

  test('a key that changed is listed once, by its last change', async () => {
    const feed = feedOfItsOwn();
    const [a, b] = await feed.publishKeys([apiKey('a'), apiKey('b')]);
    const revoked = apiKey('a', { revokedAt: '2026-11-20T00:00:00.000Z' });
    const [change] = await feed.publishKeys([revoked]);
    expect(change?.sequence).toBeGreaterThan(b?.sequence ?? 0);
    expect(await feed.keysSince(0, 10)).toEqual([b, change]);
    expect(await feed.keysSince(a?.sequence ?? 0, 10)).toEqual([b, change]);
    const twice = await feed.publishKeys([apiKey('b', { name: 'one' }), apiKey('c'), apiKey('b', { name: 'two' })]);
    expect(await feed.keysSince(change?.sequence ?? 0, 10)).toEqual(twice.slice(1));
    await feed.close();
  });

  test('readers in pieces miss nothing while others publish', async () => {
    const feed = feedOfItsOwn();
    const ids = Array.from({ length: 60 }, (_, n) => `k${n}`);
    const publishing = Promise.all(ids.map((id) => feed.publishKeys([apiKey(id), apiKey(`${id}-second`)])));
    const seen = new Set<string>();
    let sequence = 0;
    const readOn = async () => {
      const deltas = await feed.keysSince(sequence, 7);
      for (const delta of deltas) seen.add(delta.key.id);
      sequence = deltas.at(-1)?.sequence ?? sequence;
      return deltas.length;
    };
    const progress = { published: false };
    void publishing.then(() => (progress.published = true));
    while (!progress.published) await readOn();
    while ((await readOn()) > 0);
    expect(seen.size).toBe(120);
    await feed.close();
  });

  test('a great many at once', async () => {
    const feed = feedOfItsOwn();
    const deltas = await feed.publishKeys(Array.from({ length: 2_500 }, (_, n) => apiKey(`k${n}`)));
    expect(await feed.keysSince(0, 9_999)).toEqual(deltas);
    await feed.close();
  });
}

function describeSubscriptions(makeFeed: MakeFeed): void {
  test('calls back after a snapshot and after keys, only for its own organisation, until stopped', async () => {
    const [organisation, other] = [`org-${randomUUID()}`, `org-${randomUUID()}`];
    const [publisher, reader, stranger] = [makeFeed(organisation), makeFeed(organisation), makeFeed(other)];
    let [calls, strangerCalls] = [0, 0];
    const stop = await reader.subscribe(() => (calls += 1));
    await stranger.subscribe(() => (strangerCalls += 1));
    const calledAfter = async (publish: () => Promise<unknown>) => {
      const before = calls;
      await publish();
      await expect.poll(() => calls, { timeout: 5_000 }).toBeGreaterThan(before);
    };
    await calledAfter(() => publisher.publish(snapshotOf(1)));
    await calledAfter(() => publisher.publishKeys([apiKey('a')]));
    expect(strangerCalls).toBe(0);
    await stop();
    const before = calls;
    await publisher.publish(snapshotOf(2));
    expect(await reader.latest()).toEqual(snapshotOf(2));
    expect(calls).toBe(before);
    await Promise.all([publisher.close(), reader.close(), stranger.close()]);
  });
}
