/** The two edits a streamed event can get. An event whose data is spread over several lines passes unedited. */
import { scanTopLevel } from '../json-top-level.js';
import { spliceJson } from '../splice-json.js';
import type { SseEvent } from '../sse.js';

const usageName: ReadonlySet<string> = new Set(['usage']);
const costName: ReadonlySet<string> = new Set(['cost']);

function withData(bytes: Buffer, event: SseEvent, data: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, event.dataStart), data, bytes.subarray(event.dataEnd)]);
}

/** Without the member `"usage":null`, which a venue adds to every event when it is asked for usage. */
export function withoutNullUsage(bytes: Buffer, event: SseEvent): Buffer {
  if (event.dataStart < 0) return bytes;
  const data = bytes.subarray(event.dataStart, event.dataEnd);
  const top = scanTopLevel(data, usageName);
  const usage = top?.members.get('usage');
  if (!top || !usage || data[usage.valueStart] !== 0x6e) return bytes;
  return withData(bytes, event, spliceJson(data, top, [{ name: 'usage', remove: true }]));
}

/** With `"cost": cost` at the end of the usage object; a cost the venue states itself is left alone. */
export function withCost(bytes: Buffer, event: SseEvent, cost: string): Buffer {
  if (event.dataStart < 0) return bytes;
  const data = bytes.subarray(event.dataStart, event.dataEnd);
  const top = scanTopLevel(data, usageName);
  const usage = top?.members.get('usage');
  if (!top || !usage) return bytes;
  const inner = data.subarray(usage.valueStart, usage.valueEnd);
  const innerTop = scanTopLevel(inner, costName);
  if (!innerTop || innerTop.members.has('cost')) return bytes;
  const value = spliceJson(inner, innerTop, [{ name: 'cost', value: cost }]);
  return withData(bytes, event, spliceJson(data, top, [{ name: 'usage', value }]));
}
