/**
 * Says who pays, as each kind of venue wants to hear it. The header kinds are answered at once; the signed kinds with a
 * promise. What a credential looks like inside never shows in an error.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { importPKCS8, SignJWT } from 'jose';
import { createHash, hash } from 'node:crypto';
import { authOf, type Venue, type VenueAuth } from '#contracts/venue.js';
import { readCredential } from '#contracts/venue-credential.js';

export interface ToAuthorise {
  venue: Venue;
  credential: string | null;
  host: string;
  /** With its query, as it is sent. */
  path: string;
  body: Buffer;
  nowMs: number;
}

/** The stored credential is not of the kind its venue asks for. */
export class CredentialFault extends Error {
  override readonly name = 'CredentialFault';
  readonly code = 'credential_unusable';
}

const headerOf: Partial<Record<VenueAuth, string>> = {
  'x-api-key': 'x-api-key',
  'api-key': 'api-key',
  'x-goog-api-key': 'x-goog-api-key',
};

export class Authorise {
  private readonly tokens = new GoogleTokens();

  /** Name and value in turn. Rejects with a `CredentialFault` where the credential cannot sign. */
  headers(request: ToAuthorise): string[] | Promise<string[]> {
    const { credential, venue, nowMs } = request;
    if (credential === null) return [];
    const auth = authOf(venue);
    const name = headerOf[auth];
    if (name) return [name, credential];
    if (auth === 'bearer') return ['authorization', `Bearer ${credential}`];
    if (auth === 'aws-sigv4') return signedForAws(request, credential);
    return this.tokens.of(credential, nowMs).then((token) => ['authorization', `Bearer ${token}`]);
  }
}

async function signedForAws({ venue, host, path, body, nowMs }: ToAuthorise, credential: string): Promise<string[]> {
  const credentials = readCredential('aws-sigv4', credential);
  if (!credentials || venue.region === undefined)
    throw new CredentialFault('signing for AWS needs a region and a credential with accessKeyId and secretAccessKey');
  const signer = new SignatureV4({ service: 'bedrock', region: venue.region, credentials, sha256: Sha256 });
  const url = new URL(path, 'http://host');
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
    },
    { signingDate: new Date(nowMs) },
  );
  return Object.entries(headers)
    .filter(([name]) => name !== 'host')
    .flat();
}

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const lifetimeS = 3_600;
/** A token is not used in its last minutes: the venue's clock is not ours. */
const marginMs = 300_000;
const tokensMax = 100;

/**
 * Tokens a service account signs for itself (AIP-4111, "self-signed JWT" with a scope): no token endpoint is asked, so
 * no call waits for one and no credential goes anywhere but to the venue.
 */
class GoogleTokens {
  private readonly known = new Map<string, { token: Promise<string>; usedUntilMs: number }>();

  of(credential: string, nowMs: number): Promise<string> {
    const key = hash('sha256', credential);
    const known = this.known.get(key);
    if (known && nowMs < known.usedUntilMs) return known.token;
    if (this.known.size >= tokensMax) this.known.clear();
    const token = signedByItself(credential, Math.floor(nowMs / 1000));
    this.known.set(key, { token, usedUntilMs: nowMs + lifetimeS * 1000 - marginMs });
    token.catch(() => this.known.delete(key));
    return token;
  }
}

async function signedByItself(credential: string, nowS: number): Promise<string> {
  const account = readCredential('google-service-account', credential);
  if (!account) throw new CredentialFault('the credential is not the key file of a service account');
  const key = await importPKCS8(account.private_key, 'RS256').catch(() => null);
  if (!key) throw new CredentialFault('the private key of the service account cannot be read');
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: account.private_key_id })
    .setIssuer(account.client_email)
    .setSubject(account.client_email)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + lifetimeS)
    .sign(key);
}
