/**
 * Compares the file with what the control API has, and lists what would change, in the order in which it can be changed:
 * what is named comes before what names it, and goes after it.
 */
import { askControl, type ControlClient, type ControlRequest } from './ask-control.js';
import { type Current, declaredOf, readCurrent } from './current-state.js';
import { type DesiredState, desiredState, priceKey, type PriceRowWire, type Wire } from './desired-state.js';
import { type Difference, differenceOf } from './difference-of.js';
import type { ReadConfiguration } from './read-configuration.js';

export type PlannedKind =
  | 'venue'
  | 'route'
  | 'model'
  | 'lanes'
  | 'plan'
  | 'subscription'
  | 'prices'
  | 'suite'
  | 'use case'
  | 'envelope'
  | 'commitment';

export interface PlannedChange {
  action: 'create' | 'change' | 'delete';
  kind: PlannedKind;
  name: string;
  /** Only what changes. A secret is named, never shown. */
  differences: Difference[];
  /** What applying it asks. Holds secrets: not for printing. */
  requests: ControlRequest[];
}

export interface Plan {
  changes: PlannedChange[];
}

/** Throws `ControlRefused`. Takes a token that may write, because secrets and suites are compared by the control API. */
export async function planConfiguration(client: ControlClient, file: ReadConfiguration): Promise<Plan> {
  const desired = desiredState(file);
  const current = await readCurrent(client);
  const puts: PlannedChange[] = [
    ...(await venueChanges(client, desired, current.venues, file.secrets)),
    ...changed('route', desired.routes, current.routes, (_, body) => ({ method: 'PUT', path: '/api/routes', body })),
    ...changed('model', desired.models, current.models, (_, body) => ({ method: 'PUT', path: '/api/models', body })),
    ...changed('lanes', desired.lanes, current.lanes, (_, body) => ({ method: 'PUT', path: '/api/lanes', body })),
    ...changed('plan', desired.plans, current.plans, (name, body) => ({
      method: 'PUT',
      path: `/api/plans/${name}`,
      body,
    })),
    ...subscriptionChanges(desired.subscriptions, current.subscriptions),
    ...priceChanges(desired.prices, current.prices),
    ...(await suiteChanges(client, file.suites)),
    ...useCaseChanges(desired, current.useCases),
    ...changed('envelope', desired.envelopes, current.envelopes, (name, body) => ({
      method: 'PUT',
      path: `/api/envelopes/${name}`,
      body,
    })),
    ...changed('commitment', desired.commitments, current.commitments, (name, body) => ({
      method: 'PUT',
      path: `/api/commitments/${name}`,
      body,
    })),
  ];
  const deletes: PlannedChange[] = [
    ...gone('commitment', current.commitments, desired.commitments, (name) => `/api/commitments/${name}`),
    ...gone('envelope', current.envelopes, desired.envelopes, (name) => `/api/envelopes/${name}`),
    ...gone('use case', current.useCases, desired.useCases, (name) => `/api/use-cases/${name}`),
    ...gone('suite', current.suites, new Map(Object.entries(file.suites)), (name) => `/api/suites/${name}`),
    ...gone('subscription', current.subscriptions, desired.subscriptions, (team) => `/api/subscriptions/${team}`),
    ...gone('plan', current.plans, desired.plans, (name) => `/api/plans/${name}`),
    ...gone('lanes', current.lanes, desired.lanes, () => '/api/lanes'),
    ...gone('model', current.models, desired.models, (name) => `/api/models?model=${encodeURIComponent(name)}`),
    ...gone('route', current.routes, desired.routes, (name) => `/api/routes?id=${encodeURIComponent(name)}`),
    ...gone('venue', current.venues, desired.venues, (name) => `/api/venues/${name}`),
  ];
  return { changes: [...puts, ...deletes] };
}

function changed(
  kind: PlannedKind,
  desired: Map<string, Wire>,
  current: Current,
  request: (name: string, body: Wire) => ControlRequest,
): PlannedChange[] {
  return [...desired].flatMap(([name, body]) => {
    const before = current.get(name);
    const differences = differenceOf(before && declaredOf(before), body);
    if (differences.length === 0) return [];
    return [
      {
        action: before ? ('change' as const) : ('create' as const),
        kind,
        name,
        differences,
        requests: [request(name, body)],
      },
    ];
  });
}

/** Since when a team is on a plan is left as it is where the file does not say. */
function subscriptionChanges(desired: Map<string, Wire>, current: Current): PlannedChange[] {
  const before = new Map(
    [...current].map(([team, { team: _, since, ...terms }]) => [
      team,
      desired.get(team)?.['since'] === undefined ? terms : { ...terms, since },
    ]),
  );
  return changed('subscription', desired, before, (team, body) => ({
    method: 'PUT',
    path: `/api/subscriptions/${team}`,
    body,
  }));
}

function gone(
  kind: PlannedKind,
  current: Current,
  desired: Map<string, unknown>,
  path: (name: string) => string,
): PlannedChange[] {
  return [...current.keys()]
    .filter((name) => !desired.has(name))
    .map((name) => ({
      action: 'delete',
      kind,
      name,
      differences: [],
      requests: [{ method: 'DELETE', path: path(name) }],
    }));
}

/** Whether a secret differs only the control API knows, and says yes or no. */
async function venueChanges(
  client: ControlClient,
  { venues }: DesiredState,
  current: Current,
  secrets: Record<string, string>,
): Promise<PlannedChange[]> {
  const changes: PlannedChange[] = [];
  for (const [name, body] of venues) {
    const before = current.get(name);
    const credential = secrets[name] ?? null;
    const differences = differenceOf(before && declaredOf(before), body);
    const had = before?.['hasCredential'] === true;
    if (!(await sameCredential(client, name, had, credential)))
      differences.push({
        path: 'key',
        from: had ? '(a secret)' : undefined,
        to: credential ? '(another secret)' : undefined,
      });
    if (differences.length === 0) continue;
    const request: ControlRequest = { method: 'PUT', path: `/api/venues/${name}`, body: { ...body, credential } };
    changes.push({ action: before ? 'change' : 'create', kind: 'venue', name, differences, requests: [request] });
  }
  return changes;
}

async function sameCredential(
  client: ControlClient,
  name: string,
  had: boolean,
  credential: string | null,
): Promise<boolean> {
  if (!had || credential === null) return had === (credential !== null);
  const path = `/api/venues/${name}/credential-check`;
  return ((await askControl(client, { method: 'POST', path, body: { credential } })) as { matches: boolean }).matches;
}

/**
 * One change for the whole book: rows are published together or not at all. A file without prices says nothing of them:
 * the book is then kept by imports, and emptying it would leave every route unpriced.
 */
function priceChanges(desired: PriceRowWire[], current: PriceRowWire[]): PlannedChange[] {
  if (desired.length === 0) return [];
  const byKey = (rows: PriceRowWire[]) => new Map(rows.map((row) => [priceKey(row), row]));
  const [before, after] = [byKey(current), byKey(desired)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  const differences = keys.flatMap((key) =>
    differenceOf(before.get(key), after.get(key)).map(({ path, from, to }) =>
      path ? { path: `${key}.${path}`, from, to } : { path: key, from: rateOf(from), to: rateOf(to) },
    ),
  );
  if (differences.length === 0) return [];
  const request: ControlRequest = { method: 'POST', path: '/api/prices', body: { rows: desired } };
  return [
    {
      action: current.length ? 'change' : 'create',
      kind: 'prices',
      name: 'price book',
      differences,
      requests: [request],
    },
  ];
}

const rateOf = (row: unknown): unknown => (row as PriceRowWire | undefined)?.ratePicoUsd;

async function suiteChanges(client: ControlClient, suites: Record<string, string>): Promise<PlannedChange[]> {
  const changes: PlannedChange[] = [];
  for (const [name, jsonl] of Object.entries(suites)) {
    const put = {
      method: 'PUT',
      path: `/api/suites/${name}`,
      raw: { text: jsonl, type: 'application/jsonl' },
    } as const;
    const answer = await askControl(client, { ...put, path: `${put.path}?dryRun=true` });
    const { changed: differs, hash, previous } = answer as { changed: boolean; hash: string; previous: string | null };
    if (!differs) continue;
    const differences = [{ path: 'hash', from: previous ?? undefined, to: hash }];
    changes.push({ action: previous ? 'change' : 'create', kind: 'suite', name, differences, requests: [put] });
  }
  return changes;
}

/** The mode is switched last, by its own verb: to enforce it takes proof, whatever the file says. */
function useCaseChanges({ useCases }: DesiredState, current: Current): PlannedChange[] {
  return [...useCases].flatMap(([name, { definition, mode }]) => {
    const before = current.get(name);
    const differences = differenceOf(before && declaredOf(before), definition);
    const requests: ControlRequest[] = [];
    if (differences.length > 0) requests.push({ method: 'PUT', path: `/api/use-cases/${name}`, body: definition });
    const modeBefore = before?.['mode'] ?? 'off';
    if (mode !== null && mode !== modeBefore) {
      differences.push({ path: 'mode', from: modeBefore, to: mode });
      requests.push({ method: 'POST', path: `/api/use-cases/${name}/mode`, body: { mode } });
    }
    if (requests.length === 0) return [];
    return [
      {
        action: before ? ('change' as const) : ('create' as const),
        kind: 'use case' as const,
        name,
        differences,
        requests,
      },
    ];
  });
}

/** Lines for people; `+`, `~` and `-` as in every diff. */
export function describePlan({ changes }: Plan): string[] {
  if (changes.length === 0) return ['Nothing to change.'];
  const sign = { create: '+', change: '~', delete: '-' };
  return changes.flatMap(({ action, kind, name, differences }) => {
    const shown =
      action === 'change' ? differences : differences.filter(({ path }) => path === 'key' || path === 'mode');
    return [
      `${sign[action]} ${kind} ${name}`,
      ...shown.map(({ path, from, to }) => `    ${path}: ${text(from)} → ${text(to)}`),
    ];
  });
}

const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
