/** What a credential must look like for each kind of authorisation: most are one opaque text, two are JSON. */
import { z } from 'zod';
import type { VenueAuth } from './venue.js';

const AwsCredential = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
});

/** The fields of a Google service account's key file that signing needs. */
const ServiceAccount = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key_id: z.string().min(1),
  private_key: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
});

const structured = { 'aws-sigv4': AwsCredential, 'google-service-account': ServiceAccount } as const;
export type StructuredAuth = keyof typeof structured;

/** Null where the text is not of that kind. Nothing of the text is ever told. */
export function readCredential<Kind extends StructuredAuth>(
  kind: Kind,
  text: string,
): z.output<(typeof structured)[Kind]> | null {
  try {
    return (structured[kind].safeParse(JSON.parse(text)).data as z.output<(typeof structured)[Kind]>) ?? null;
  } catch {
    return null;
  }
}

/** Printable ASCII: what a header can carry. */
const headerText = /^[\x21-\x7e]+$/;

/** Null, or what a credential of this kind is, for whoever sent something else. */
export function credentialComplaint(kind: VenueAuth, text: string): string | null {
  if (kind === 'aws-sigv4')
    return readCredential(kind, text) ? null : 'a JSON object with accessKeyId and secretAccessKey';
  if (kind === 'google-service-account')
    return readCredential(kind, text) ? null : 'the JSON key file of a service account';
  return headerText.test(text) ? null : 'printable ASCII without spaces';
}
