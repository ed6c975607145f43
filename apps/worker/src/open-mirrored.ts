/** Opens the copy of a call that a proxy sealed. */
import { MirroredCall } from '#contracts/jobs.js';
import { open } from '#runtime/seal.js';

/** Null where it does not open, or is no copy of that call. */
export function openMirrored(sealed: Buffer, sealKey: Buffer, callId: string): MirroredCall | null {
  try {
    return MirroredCall.parse(JSON.parse(open(sealKey, sealed, `mirror|${callId}`).toString()));
  } catch {
    return null;
  }
}
