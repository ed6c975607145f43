/** What a call said, as it is kept: sealed, for the days its use case says, apart from the ledger. */
import { z } from 'zod';
import { ProtocolName } from './venue.js';

/** Bodies are base64: of the bytes as they were, or of JSON out of which was taken what must not be kept. */
export const KeptPayload = z
  .object({
    schema: z.literal('o10.payload.v1'),
    /** What the caller spoke. */
    protocol: ProtocolName,
    requestBody: z.string(),
    /** Null: there was none, not a whole one, or one that cannot be redacted. */
    answer: z.object({ contentType: z.string(), body: z.string() }).nullable(),
  })
  .meta({ id: 'KeptPayload' });
export type KeptPayload = z.output<typeof KeptPayload>;
