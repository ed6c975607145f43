/**
 * Whether a route may serve a call, and if not, why not: the first reason that holds, policy before price before proof.
 * Policy is about where and what is kept; expressiveness is about what the route can do at all.
 */
import type { IneligibleReason } from '#contracts/call-record.js';
import type { Tier } from '#contracts/price.js';
import { flexTermsOf, retentionLevels, speaks, type Capability, type ProtocolName } from '#contracts/venue.js';
import type { Policy } from '#contracts/use-case.js';
import type { PlacedRoute } from './routing-index.js';

/** What a call needs of a route, read from its body. */
export interface CallNeeds {
  /** The wire format the caller speaks. */
  protocol: ProtocolName;
  /** Why the call cannot be said at a route whose venue does not speak it; null: it can. Absent: nothing is translated. */
  obstacleAt?: (placed: PlacedRoute) => string | null;
  capabilities: readonly Capability[];
  /** What it will likely use; the context window is compared with this, the hold with the upper bound. */
  inputTokensExpected: number;
  maxOutputTokens: number;
  /** How many prompts it is made of, each with a context of its own; absent: one. */
  contexts?: number;
}

/** Where a call to this route is processed: its own place, else its venue's. A flex tier may be served from anywhere. */
export const jurisdictionOf = ({ route, venue }: PlacedRoute): string | null =>
  route.jurisdiction === undefined ? venue.jurisdiction : route.jurisdiction;

/** Null: no policy stands against it. An unknown jurisdiction or retention satisfies no policy that asks for one. */
export function policyAgainst(placed: PlacedRoute, policy: Policy): IneligibleReason | null {
  const { route, venue } = placed;
  const jurisdiction = jurisdictionOf(placed);
  if (policy.residency && !(jurisdiction && policy.residency.includes(jurisdiction))) return 'residency';
  if (policy.retentionAtMost) {
    const kept = venue.retention ? retentionLevels.indexOf(venue.retention) : Number.POSITIVE_INFINITY;
    if (kept > retentionLevels.indexOf(policy.retentionAtMost)) return 'retention';
  }
  if (policy.approvedModels && !policy.approvedModels.includes(route.model)) return 'not_approved';
  return null;
}

/** Null: the call can be said at the route's venue, as it is or translated. Else what of it cannot. */
export function obstacleOf(placed: PlacedRoute, { protocol, obstacleAt }: CallNeeds): string | null {
  if (speaks(placed.venue, protocol)) return namesTier(placed, protocol) ? null : 'tier';
  return obstacleAt ? obstacleAt(placed) : 'wire_format';
}

/** Null: the route can express the call. */
export function expressionAgainst(placed: PlacedRoute, needs: CallNeeds): IneligibleReason | null {
  const { route } = placed;
  if (obstacleOf(placed, needs) !== null) return 'cannot_express';
  for (const capability of needs.capabilities) {
    if (!route.capabilities.includes(capability)) return capability === 'images' ? 'modality' : 'cannot_express';
  }
  if (needs.inputTokensExpected / (needs.contexts ?? 1) + needs.maxOutputTokens > route.contextWindow) return 'context';
  if (needs.maxOutputTokens > route.maxOutputTokens) return 'context';
  return null;
}

const namedInBody: Partial<Record<ProtocolName, readonly Tier[]>> = {
  'openai-chat': ['standard', 'flex', 'priority'],
  'openai-responses': ['standard', 'flex', 'priority'],
  'anthropic-messages': ['standard', 'priority'],
};

/** Whether a call in this wire format can ask the route's venue for the route's tier. */
export const namesTier = ({ route, venue }: PlacedRoute, protocol: ProtocolName): boolean =>
  route.tier === 'standard' ||
  (route.tier === 'flex' && flexTermsOf(venue).optIn === 'vertex_header') ||
  (namedInBody[protocol]?.includes(route.tier) ?? false);
