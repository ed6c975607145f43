/**
 * Whether a route may serve a call, and if not, why not: the first reason that holds, policy before price before proof.
 * Policy is about where and what is kept; expressiveness is about what the route can do at all.
 */
import type { IneligibleReason } from '#contracts/call-record.js';
import { retentionLevels, speaks, type Capability, type ProtocolName } from '#contracts/venue.js';
import type { Policy } from '#contracts/use-case.js';
import type { PlacedRoute } from './routing-index.js';

/** What a call needs of a route, read from its body. */
export interface CallNeeds {
  /** The wire format the caller speaks; the venue must speak it too. */
  protocol: ProtocolName;
  capabilities: readonly Capability[];
  /** What it will likely use; the context window is compared with this, the hold with the upper bound. */
  inputTokensExpected: number;
  maxOutputTokens: number;
}

/** Null: no policy stands against it. An unknown jurisdiction or retention satisfies no policy that asks for one. */
export function policyAgainst({ route, venue }: PlacedRoute, policy: Policy): IneligibleReason | null {
  if (policy.residency && !(venue.jurisdiction && policy.residency.includes(venue.jurisdiction))) return 'residency';
  if (policy.retentionAtMost) {
    const kept = venue.retention ? retentionLevels.indexOf(venue.retention) : Number.POSITIVE_INFINITY;
    if (kept > retentionLevels.indexOf(policy.retentionAtMost)) return 'retention';
  }
  if (policy.approvedModels && !policy.approvedModels.includes(route.model)) return 'not_approved';
  return null;
}

/** Null: the route can express the call. */
export function expressionAgainst({ route, venue }: PlacedRoute, needs: CallNeeds): IneligibleReason | null {
  if (!speaks(venue, needs.protocol)) return 'cannot_express';
  for (const capability of needs.capabilities) {
    if (!route.capabilities.includes(capability)) return capability === 'images' ? 'modality' : 'cannot_express';
  }
  if (needs.inputTokensExpected + needs.maxOutputTokens > route.contextWindow) return 'context';
  if (needs.maxOutputTokens > route.maxOutputTokens) return 'context';
  return null;
}
