/**
 * Which envelopes a call falls under, and which of them may refuse it. Indexed once per snapshot: with a hundred
 * thousand keys, walking the list for each call would cost more than the rest of the proxy together.
 */
import {
  type Envelope,
  type EnvelopeCover,
  type EnvelopePurpose,
  type LadderStep,
  ladderSteps,
} from '#contracts/envelope.js';
import type { HoldRequest } from '#contracts/envelope-desk.js';
import type { Mode } from '#contracts/use-case.js';

/** What decides the cover. The organisation is the snapshot's own: another's envelopes are not in it. */
export interface CoveredCall {
  team: string | null;
  useCase: string;
  /** Id of the key; null for what o10 sends by itself. */
  key: string | null;
  purpose: EnvelopePurpose;
  /** Mode of the use case. */
  mode: Mode;
  /** Of the route that is about to serve, not of the one asked for: what bills is what counts. */
  model: string;
  tag: string | null;
}

export type CoveringEnvelopes = (call: CoveredCall) => HoldRequest['envelopes'];

/**
 * Returns the lookup of one snapshot: organisation, team, use case and key envelopes of the call's purpose, in this
 * order, ready for a hold. While a use case is off or in shadow its own envelopes only account for live calls: o10
 * must not change what the caller gets. Limits of plan and key, and all spend o10 causes itself, refuse unless they are
 * in shadow themselves.
 */
export function coveringEnvelopes(covers: readonly EnvelopeCover[]): CoveringEnvelopes {
  const byScope = new Map<string, EnvelopeCover[]>();
  for (const cover of covers) {
    const key = scopeKey(cover.purpose, cover.scope.kind, scopeName(cover.scope));
    const known = byScope.get(key);
    if (known) known.push(cover);
    else byScope.set(key, [cover]);
  }

  return ({ team, useCase, key, purpose, mode, model, tag }) => {
    const envelopes: HoldRequest['envelopes'] = [];
    const add = (kind: EnvelopeCover['scope']['kind'], name: string, refuses: boolean) => {
      for (const cover of byScope.get(scopeKey(purpose, kind, name)) ?? []) {
        if (cover.model !== undefined && cover.model !== model) continue;
        if (cover.tag !== undefined && cover.tag !== tag) continue;
        envelopes.push({ id: cover.id, refuses: refuses && cover.mode !== 'shadow' });
      }
    };
    add('organisation', '', true);
    if (team !== null) add('team', team, true);
    add('use_case', useCase, purpose !== 'live' || mode === 'enforce');
    if (key !== null) add('key', key, true);
    return envelopes;
  };
}

/** By envelope, the furthest step of its ladder; null where it has none. */
export function ladderTops(covers: readonly EnvelopeCover[]): (envelope: string) => LadderStep | null {
  const tops = new Map(covers.flatMap(({ id, ladder }) => (ladder ? [[id, furthestOf(ladder)] as const] : [])));
  return (envelope) => tops.get(envelope) ?? null;
}

const furthestOf = (ladder: readonly LadderStep[]): LadderStep | null =>
  ladderSteps.findLast((step) => ladder.includes(step)) ?? null;

/** What proxies are told of an envelope. */
export function coverOf(envelope: Envelope): EnvelopeCover {
  const { id, scope, purpose, model, tag, mode } = envelope;
  const ladder = ladderSteps.filter((step) => envelope[`${step}AtPercent`] !== null);
  return {
    id,
    scope,
    purpose,
    ...(model !== null && { model }),
    ...(tag !== null && { tag }),
    ...(mode === 'shadow' && { mode }),
    ...(ladder.length > 0 && { ladder }),
  };
}

const scopeKey = (purpose: EnvelopePurpose, kind: string, name: string): string => `${purpose} ${kind} ${name}`;

function scopeName(scope: EnvelopeCover['scope']): string {
  switch (scope.kind) {
    case 'organisation':
      return '';
    case 'team':
      return scope.team;
    case 'use_case':
      return scope.useCase;
    case 'key':
      return scope.key;
  }
}
