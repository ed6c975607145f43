/** Opens the sealed copy of a served call. What cannot be opened or read is void for every candidate alike. */
import type { MirrorStore } from '#contracts/mirror-store.js';
import { ProtocolName, type Venue } from '#contracts/venue.js';
import type { ToolCall } from '#protocols/protocol.js';
import { protocolNamed } from '#protocols/registry.js';
import { openMirrored } from '../open-mirrored.js';
import type { MirroredRequest } from './plan-replay.js';

export interface ReadCall {
  request: MirroredRequest;
  /** The baseline's text and tool calls; null where its answer is not complete. */
  baseline: { text: string | null; toolCalls: readonly ToolCall[] | null };
}

/** Throws only when the store does. `servedBy` is the venue whose answer was kept. */
export async function readMirrored(
  store: MirrorStore,
  sealKey: Buffer,
  call: { callId: string; pointer: string; protocol?: ProtocolName | undefined },
  servedBy: Pick<Venue, 'protocol'>,
): Promise<ReadCall | { void: 'not_kept' | 'unreadable' }> {
  const spoken = ProtocolName.safeParse(call.protocol ?? servedBy.protocol);
  if (!spoken.success) return { void: 'unreadable' };
  const protocol = protocolNamed(spoken.data);
  const sealed = await store.get(call.pointer);
  if (!sealed) return { void: 'not_kept' };
  const kept = openMirrored(sealed, sealKey, call.callId);
  if (!kept) return { void: 'unreadable' };
  const body = Buffer.from(kept.requestBody, 'base64');
  const { head } = protocol.readHead(body);
  if (!head) return { void: 'unreadable' };
  const streamed = kept.answerContentType.startsWith('text/event-stream');
  const answer = Buffer.from(kept.answerBody, 'base64');
  const baseline = { text: protocol.answerText(answer, streamed), toolCalls: protocol.toolCalls(answer, streamed) };
  return { request: { head, body, protocol }, baseline };
}
