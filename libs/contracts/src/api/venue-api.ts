/** Venues over the API. The credential goes in and never comes out; a changed host forgets it. */
import { z } from 'zod';
import { Venue } from '../venue.js';
import { listOf, rowFields } from './stored.js';

const { id, sealedCredential: _sealed, moves: _counted, ...settings } = Venue.shape;

/** Body of `PUT /api/venues/:id`. */
export const VenuePut = z
  .object({
    ...settings,
    jurisdiction: settings.jurisdiction.default(null),
    retention: settings.retention.default(null),
    streamUsage: settings.streamUsage.default(true),
    abortStopsBilling: settings.abortStopsBilling.default(false),
    connectTimeoutMs: settings.connectTimeoutMs.default(5_000),
    firstByteTimeoutMs: settings.firstByteTimeoutMs.default(120_000),
    idleTimeoutMs: settings.idleTimeoutMs.default(60_000),
    /** Absent: keep the present one. Null: forget it. */
    credential: z.string().min(1).max(10_000).nullable().optional(),
  })
  .meta({ id: 'VenuePut' });
export type VenuePut = z.output<typeof VenuePut>;

export const VenueAnswer = z
  .object({ id, ...settings, hasCredential: z.boolean(), ...rowFields })
  .meta({ id: 'VenueAnswer' });
export type VenueAnswer = z.output<typeof VenueAnswer>;

export const VenueList = listOf(VenueAnswer).meta({ id: 'VenueList' });

/** Body of `POST /api/venues/:id/credential-check`: lets a plan see whether a secret differs without ever reading one. */
export const CredentialCheck = z.object({ credential: z.string().min(1).max(10_000) }).meta({ id: 'CredentialCheck' });
export const CredentialMatch = z.object({ matches: z.boolean() }).meta({ id: 'CredentialMatch' });
