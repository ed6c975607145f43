/** What every refusal says to a machine, whatever the wire format around it. */
import { type Refusal, refusalKinds } from '#contracts/refusal.js';

/** `retry_after` is whole seconds, rounded up, as the header; amounts are decimal USD. */
export function refusalFacts({ code, retryAfterMs, exhausted, scope, envelope }: Refusal): Record<string, unknown> {
  return {
    retryable: refusalKinds[code].retryable && !exhausted,
    ...(retryAfterMs !== undefined && { retry_after: Math.ceil(retryAfterMs / 1000), retry_after_ms: retryAfterMs }),
    ...(scope !== undefined && { scope }),
    ...(envelope && {
      limit: envelope.limitUsd,
      resets_at: envelope.resetsAt,
      envelope: {
        id: envelope.id,
        limit_usd: envelope.limitUsd,
        settled_usd: envelope.settledUsd,
        held_usd: envelope.heldUsd,
        resets_at: envelope.resetsAt,
      },
    }),
  };
}
