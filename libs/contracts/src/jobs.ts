/** Payloads of the queues. They carry pointers and digests, never a prompt or an answer. */
import { z } from 'zod';
import { LinePlace, Outcome } from './call-record.js';
import { ProtocolName } from './venue.js';
import { Digest, Id, Instant, RouteId, Slug } from './names.js';

/** A served call, copied for replay against the candidates of its use case. */
export const MirrorJob = z.object({
  callId: Id,
  organisation: Slug,
  useCase: Slug,
  /** The snapshot the call was served under. */
  snapshot: z.number().int().positive(),
  /** The route that served, whose answer is in the mirror store. */
  route: RouteId,
  stream: z.boolean(),
  /** What the caller spoke, and the kept answer is in. Absent: what the serving venue speaks. */
  protocol: ProtocolName.optional(),
  admittedAt: Instant,
  line: LinePlace,
  cluster: Digest,
  /** Null: nothing was kept (too large, or the answer was not complete), and the place in the line is void. */
  pointer: z.string().nullable(),
  /** Of a canary: how the attempt on the candidate ended. `refused`: nothing was sent. */
  outcome: Outcome.optional(),
});
export type MirrorJob = z.output<typeof MirrorJob>;

/** A call whose prompt and answer its use case keeps; they wait in the mirror store, under a pointer of their own. */
export const KeepJob = z.object({
  callId: Id,
  organisation: Slug,
  useCase: Slug,
  /** The snapshot the call was served under. */
  snapshot: z.number().int().positive(),
  /** What the caller spoke, and the answer is in. */
  protocol: ProtocolName,
  admittedAt: Instant,
  pointer: z.string(),
});
export type KeepJob = z.output<typeof KeepJob>;

/** What the mirror store holds, before sealing. Bodies are base64. */
export const MirroredCall = z.object({
  requestBody: z.string(),
  answerBody: z.string(),
  answerContentType: z.string(),
  /** Whose data it is, where the caller says so beside the body. */
  subject: z.string().optional(),
  /** The key that made the call. */
  key: z.string().optional(),
});
export type MirroredCall = z.output<typeof MirroredCall>;

/** An alert that is owed to a webhook. Both are looked up when it is sent. */
export const WebhookJob = z.object({ alert: Id, webhook: Slug });
export type WebhookJob = z.output<typeof WebhookJob>;
