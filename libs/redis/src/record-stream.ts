/**
 * Records wait in a stream whose items each hold the records of one batch, which is ten times cheaper than an item per
 * record. A cursor is therefore an item, the place of the record in it, and how many the item holds.
 */
import type { PendingRecord } from '#contracts/envelope-desk.js';

/** From the answer of drain.lua. */
export function pendingRecords(fours: Buffer[]): PendingRecord[] {
  const pending: PendingRecord[] = [];
  for (let n = 0; n < fours.length; n += 4) {
    const [item, sizes, records, acknowledged] = fours.slice(n, n + 4);
    if (!item || !sizes || !records || !acknowledged) throw new Error('drain.lua answered an item that is not whole');
    const sizesBytes = sizes.toString().split(' ').map(Number);
    const gone = new Set(acknowledged.toString().split(' '));
    let offset = 0;
    for (const [place, sizeBytes] of sizesBytes.entries()) {
      const record = records.toString('utf8', offset, offset + sizeBytes);
      if (!gone.has(String(place)))
        pending.push({ cursor: `${item.toString()}/${place}/${sizesBytes.length}`, record });
      offset += sizeBytes;
    }
  }
  return pending;
}

/** Arguments of acknowledge.lua. Throws RangeError for a cursor that `drain` never gave. */
export function acknowledgeArguments(cursors: string[]): string[] {
  const places = new Map<string, { size: string; places: string[] }>();
  for (const cursor of cursors) {
    const [, item, place, size] = /^(\d+-\d+)\/(\d+)\/(\d+)$/.exec(cursor) ?? [];
    if (!item || !place || !size) throw new RangeError(`"${cursor}" is no cursor of a record`);
    const known = places.get(item);
    if (known) known.places.push(place);
    else places.set(item, { size, places: [place] });
  }
  return [...places].flatMap(([item, entry]) => [item, entry.size, entry.places.join(' ')]);
}
