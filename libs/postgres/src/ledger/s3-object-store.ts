/**
 * An export in a store that speaks S3: one signed PUT per file (AWS Signature Version 4), path-style addresses. A bucket
 * with a retention lock is what makes it a copy that the owner of the database cannot rewrite; that is set up there.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash } from 'node:crypto';
import type { ObjectStore } from './object-store.js';

export interface S3Settings {
  /** `https://s3.eu-central-1.amazonaws.com`, or where a store of one's own listens. */
  endpoint: string;
  region: string;
  bucket: string;
  /** In front of every path; "" for none. */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
}

const answerWithinMs = 30_000;

/** The store said no, or nothing; what was to be written is not there, and is tried again with the next export. */
export class ObjectStoreFault extends Error {
  readonly code = 'object_store_fault';
}

export function s3Store(settings: S3Settings): ObjectStore {
  const { accessKeyId, secretAccessKey, region } = settings;
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    // S3 alone signs paths as they are.
    uriEscapePath: false,
  });
  const ask = (method: string, path: string, body: Uint8Array | null) => send(settings, signer, method, path, body);
  return {
    put: async (path, content) => {
      const response = await ask('PUT', path, Buffer.from(content));
      if (!response.ok) throw await refused('PUT', path, response);
      await response.arrayBuffer();
    },
    get: async (path) => {
      const response = await ask('GET', path, null);
      if (response.status === 404) return null;
      if (!response.ok) throw await refused('GET', path, response);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

/** What is signed escapes all but RFC 3986's unreserved characters; `encodeURIComponent` leaves five more. */
const escaped = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

async function send(
  { endpoint, bucket, prefix }: S3Settings,
  signer: SignatureV4,
  method: string,
  path: string,
  body: Uint8Array | null,
): Promise<Response> {
  const key = [bucket, prefix, path].filter((part) => part !== '').join('/');
  const url = new URL(`/${key.split('/').map(escaped).join('/')}`, endpoint);
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port ? { port: Number(url.port) } : {}),
    path: url.pathname,
    headers: {
      host: url.host,
      'x-amz-content-sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
    },
  };
  const { headers } = await signer.sign(request);
  const { host: _, ...sent } = headers;
  try {
    const init = { method, headers: sent, signal: AbortSignal.timeout(answerWithinMs) };
    return await fetch(url, body === null ? init : { ...init, body: Buffer.from(body) });
  } catch (error) {
    throw new ObjectStoreFault(`${method} ${path}: ${String(error)}`, { cause: error });
  }
}

async function refused(method: string, path: string, response: Response): Promise<ObjectStoreFault> {
  const words = (await response.text()).slice(0, 300);
  return new ObjectStoreFault(`${method} ${path}: the store answered ${response.status}: ${words}`);
}
