/** The two edits a streamed event can get. An event that is more than one `data:` line passes unedited. */
import { scanTopLevel } from '../json-top-level.js';
import { memberCut, spliceJson } from '../splice-json.js';
import { soleDataLine } from '../sse.js';

const usageName: ReadonlySet<string> = new Set(['usage']);
const costName: ReadonlySet<string> = new Set(['cost']);

/** The bytes of the member `"usage":null`, which a venue adds to every event when it is asked for usage. */
export function nullUsageCut(bytes: Buffer): { start: number; end: number } | null {
  const line = soleDataLine(bytes);
  const usage = line && scanTopLevel(bytes, usageName, line[0], line[1])?.members.get('usage');
  return usage && bytes[usage.valueStart] === 0x6e ? memberCut(usage) : null;
}

/** With `"cost": cost` at the end of the usage object; the same Buffer where the venue states a cost itself. */
export function withCost(bytes: Buffer, cost: string): Buffer {
  const line = soleDataLine(bytes);
  const usage = line && scanTopLevel(bytes, usageName, line[0], line[1])?.members.get('usage');
  const inside = usage && scanTopLevel(bytes, costName, usage.valueStart, usage.valueEnd);
  return inside && !inside.members.has('cost') ? spliceJson(bytes, inside, [{ name: 'cost', value: cost }]) : bytes;
}
