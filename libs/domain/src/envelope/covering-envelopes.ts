/**
 * Which envelopes a call falls under, and which of them may refuse it. Indexed once per snapshot: with a hundred
 * thousand keys, walking the list for each call would cost more than the rest of the proxy together.
 */
import type { EnvelopeCover, EnvelopePurpose } from '#contracts/envelope.js';
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
}

export type CoveringEnvelopes = (call: CoveredCall) => HoldRequest['envelopes'];

/**
 * Returns the lookup of one snapshot: organisation, team, use case and key envelopes of the call's purpose, in this
 * order, ready for a hold. While a use case is off or in shadow its own envelopes only account for live calls: o10
 * must not change what the caller gets. Limits of plan and key, and all spend o10 causes itself, always refuse.
 */
export function coveringEnvelopes(covers: readonly EnvelopeCover[]): CoveringEnvelopes {
  const idsByScope = new Map<string, string[]>();
  for (const { id, scope, purpose } of covers) {
    const key = scopeKey(purpose, scope.kind, scopeName(scope));
    const ids = idsByScope.get(key);
    if (ids) ids.push(id);
    else idsByScope.set(key, [id]);
  }

  return ({ team, useCase, key, purpose, mode }) => {
    const envelopes: HoldRequest['envelopes'] = [];
    const add = (kind: EnvelopeCover['scope']['kind'], name: string, refuses: boolean) => {
      for (const id of idsByScope.get(scopeKey(purpose, kind, name)) ?? []) envelopes.push({ id, refuses });
    };
    add('organisation', '', true);
    if (team !== null) add('team', team, true);
    add('use_case', useCase, purpose !== 'live' || mode === 'enforce');
    if (key !== null) add('key', key, true);
    return envelopes;
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
