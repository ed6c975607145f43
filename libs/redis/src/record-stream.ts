/**
 * Records wait in a stream whose items each hold the records of one batch, which is ten times cheaper than an item per
 * record. A cursor is therefore an item, the place of the record in it, how many the item holds, and whose record it is.
 */
import type { PendingRecord } from '#contracts/envelope-desk.js';

/** From the answer of drain.lua. */
export function pendingRecords(fives: Buffer[]): PendingRecord[] {
  const pending: PendingRecord[] = [];
  for (let n = 0; n < fives.length; n += 5) {
    const [item, sizes, records, acknowledged, ids] = fives.slice(n, n + 5);
    if (!item || !sizes || !records || !acknowledged || !ids)
      throw new Error('drain.lua answered an item that is not whole');
    const sizesBytes = sizes.toString().split(' ').map(Number);
    const gone = new Set(acknowledged.toString().split(' '));
    const holdIds = ids.toString().split('\n');
    let offset = 0;
    for (const [place, sizeBytes] of sizesBytes.entries()) {
      const record = records.toString('utf8', offset, offset + sizeBytes);
      if (!gone.has(String(place)))
        pending.push({ cursor: `${item.toString()}/${place}/${sizesBytes.length}/${holdIds[place]}`, record });
      offset += sizeBytes;
    }
  }
  return pending;
}

/** Arguments of acknowledge.lua. Throws RangeError for a cursor that `drain` never gave. */
export function acknowledgeArguments(cursors: string[]): string[] {
  const items = new Map<string, { size: string; places: string[]; ids: string[] }>();
  for (const cursor of cursors) {
    const [, item, place, size, id] = /^(\d+-\d+)\/(\d+)\/(\d+)\/([^\n]*)$/.exec(cursor) ?? [];
    if (!item || !place || !size || id === undefined) throw new RangeError(`"${cursor}" is no cursor of a record`);
    const known = items.get(item) ?? { size, places: [], ids: [] };
    known.places.push(place);
    known.ids.push(id);
    items.set(item, known);
  }
  return [...items].flatMap(([item, { size, places, ids }]) => [item, size, places.join(' '), ids.join('\n')]);
}
