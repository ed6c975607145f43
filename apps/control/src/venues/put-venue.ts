/**
 * Puts and checks venues. A credential is sealed for this venue and this host: when the host changes it is forgotten,
 * so that no edit can send a secret somewhere else; when it is to be sent in another way too, so that no edit can put a
 * private key into a header.
 */
import { timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { VenueAnswer, VenuePut } from '#contracts/api/venue-api.js';
import { credentialComplaint } from '#contracts/venue-credential.js';
import { authOf, Venue } from '#contracts/venue.js';
import type { Stored } from '#postgres/admin/definition.js';
import { credentialAad, openText, sealText } from '#runtime/seal.js';
import { type Declared, putDefinition } from '../change-definition.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';

/** The ledger learns that there is a credential and when it changes, by the digest of its sealed form. */
export const declaredVenue: Declared<Venue> = {
  subject: 'venue',
  store: (stores) => stores.venues,
  wire: (venue) => Venue.encode(venue),
};

export async function putVenue(
  context: ControlContext,
  actor: Actor,
  id: string,
  { credential, ...settings }: VenuePut,
): Promise<VenueAnswer> {
  checkAuth({ ...settings, id, sealedCredential: null }, credential);
  const movesBefore = await context.stores.venues.movesOfDeleted(id);
  const stored = await putDefinition(context, actor, declaredVenue, id, (current) => {
    const moves = current ? movesOf(current, settings) : movesBefore === null ? 0 : movesBefore + 1;
    const venue: Venue = { ...settings, id, sealedCredential: null, ...(moves > 0 && { moves }) };
    return { ...venue, sealedCredential: nextCredential(context.masterKey, venue, current, credential) };
  });
  return venueAnswer(stored);
}

/** What answers elsewhere, or in other words, is another venue to the gate, whatever its name: see `placedRoutes`. */
function movesOf(current: Venue, next: Pick<Venue, 'baseUrl' | 'protocol' | 'region'>): number {
  const [before, after] = [current, next].map(({ baseUrl, protocol, region }) => [
    new URL(baseUrl).href,
    protocol,
    region,
  ]);
  return (current.moves ?? 0) + (isDeepStrictEqual(before, after) ? 0 : 1);
}

/** Tells the field and the form, never a part of what was sent. */
function checkAuth(venue: Venue, credential: string | null | undefined): void {
  const wrong = (path: string, message: string) =>
    new ControlProblem('invalid_request', `${path} must be ${message}.`, [{ path, message: `must be ${message}` }]);
  if (authOf(venue) === 'aws-sigv4' && venue.region === undefined) throw wrong('region', 'what AWS signs for');
  const complaint = typeof credential === 'string' ? credentialComplaint(authOf(venue), credential) : null;
  if (complaint !== null) throw wrong('credential', complaint);
}

function nextCredential(
  masterKey: Buffer,
  venue: Venue,
  current: Venue | null,
  credential: string | null | undefined,
): string | null {
  const sealed = current?.sealedCredential ?? null;
  const goesTheSameWay =
    current !== null && credentialAad(current) === credentialAad(venue) && authOf(current) === authOf(venue);
  const kept = goesTheSameWay ? sealed : null;
  if (credential === undefined) return kept;
  if (credential === null) return null;
  if (kept && sameText(openText(masterKey, kept, credentialAad(venue)), credential)) return kept;
  return sealText(masterKey, credential, credentialAad(venue));
}

/** Whether this is the venue's credential. Throws `not_found` for an unknown venue. */
export async function checkCredential(context: ControlContext, id: string, credential: string): Promise<boolean> {
  const venue = (await context.stores.venues.find(id))?.definition;
  if (!venue) throw notFound(`venue ${id}`);
  const sealed = venue.sealedCredential;
  return sealed !== null && sameText(openText(context.masterKey, sealed, credentialAad(venue)), credential);
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function venueAnswer({ definition, revision, updatedAt, updatedBy }: Stored<Venue>): VenueAnswer {
  const { sealedCredential, moves: _, ...venue } = definition;
  return { ...venue, hasCredential: sealedCredential !== null, revision, updatedAt, updatedBy };
}
