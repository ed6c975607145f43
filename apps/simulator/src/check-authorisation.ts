/** Whether a request says who pays the way its venue wants to hear it. Signatures are computed again, from what arrived. */
import { createHash, createHmac, timingSafeEqual, verify } from 'node:crypto';
import type { Venue } from './config.js';
import type { ReceivedRequest } from './request-log.js';
import { invalidRequest, wrongKey, type WireError } from './wire-error.js';

type Asked = Pick<ReceivedRequest, 'method' | 'path' | 'headers' | 'body'>;

/** Null where the request carries what this venue asks for, in the place it asks for it. */
export function checkAuthorisation(venue: Venue, request: Asked): WireError | null {
  const query = new URLSearchParams(request.path.split('?')[1] ?? '');
  for (const [name, value] of Object.entries(venue.query))
    if (query.get(name) !== value) return invalidRequest(`Missing or unsupported query parameter '${name}'.`, name);
  const { auth } = venue;
  if (auth.kind === 'google') return checkToken(auth, bearerOf(request));
  if (auth.kind === 'aws') return checkSignature(auth, request);
  const own = request.headers[auth.kind === 'header' ? auth.name : 'x-api-key'];
  const given = typeof own === 'string' && own !== '' ? own : auth.kind === 'either' ? bearerOf(request) : null;
  const plain = auth.kind === 'header' && auth.name === 'authorization' ? bearerOf(request) : given;
  return plain === venue.apiKey ? null : wrongKey(plain);
}

const bearerOf = ({ headers }: Asked): string | null => /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;

type GoogleAuth = Extract<Venue['auth'], { kind: 'google' }>;

/** A token a service account signed for itself: RS256, of that account, for the whole platform, and not run out. */
function checkToken({ clientEmail, publicKey }: GoogleAuth, token: string | null): WireError | null {
  const [head = '', claims = '', signature = ''] = (token ?? '').split('.');
  const decoded = (part: string): Record<string, unknown> => {
    try {
      return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    } catch {
      return {};
    }
  };
  const { iss, sub, scope, exp, iat } = decoded(claims);
  const now = Date.now() / 1000;
  const current =
    typeof exp === 'number' && typeof iat === 'number' && exp > now && iat < now + 60 && exp - iat <= 3600;
  const signed =
    decoded(head)['alg'] === 'RS256' &&
    verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'));
  const ours = iss === clientEmail && sub === clientEmail && String(scope).includes('/auth/cloud-platform');
  return signed && current && ours ? null : wrongKey(token);
}

type AwsAuth = Extract<Venue['auth'], { kind: 'aws' }>;

const hex = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const sign = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const clockSkewMs = 300_000;

/** AWS Signature Version 4, as its documentation derives it: canonical request, text to sign, derived key. */
function checkSignature(auth: AwsAuth, { method, path, headers, body }: Asked): WireError | null {
  const { accessKeyId, secretAccessKey, region } = auth;
  const stated =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/bedrock\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const [, id, day = '', place, names = '', signature = ''] = stated ?? [];
  const date = String(headers['x-amz-date']);
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const fresh = Math.abs(Date.now() - at) < clockSkewMs && date.startsWith(day);
  const listed = names.split(';');
  if (id !== accessKeyId || place !== region || !fresh || !listed.includes('host')) return wrongKey(id ?? null);
  const [uri = '', search = ''] = path.split('?', 2);
  const query = [...new URLSearchParams(search)].map((pair) => pair.map(escaped).join('=')).sort();
  const canonical = [
    method,
    uri.split('/').map(escaped).join('/'),
    query.join('&'),
    ...listed.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    hex(body),
  ].join('\n');
  const scope = `${day}/${region}/bedrock/aws4_request`;
  const key = [region, 'bedrock', 'aws4_request'].reduce<Buffer>(sign, sign(`AWS4${secretAccessKey}`, day));
  const expected = sign(key, ['AWS4-HMAC-SHA256', date, scope, hex(canonical)].join('\n'));
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? null : wrongKey(id);
}

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
