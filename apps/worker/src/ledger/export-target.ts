/** Where this installation exports its ledger, by its settings; null where it does not. */
import { join } from 'node:path';
import { folderStore, type ObjectStore } from '#postgres/ledger/object-store.js';
import { s3Store } from '#postgres/ledger/s3-object-store.js';

export interface ExportSettings {
  O10_LEDGER_EXPORT_DIR?: string | undefined;
  O10_LEDGER_EXPORT_S3?: string | undefined;
  AWS_REGION: string;
  AWS_ACCESS_KEY_ID?: string | undefined;
  AWS_SECRET_ACCESS_KEY?: string | undefined;
}

/** Throws when an address is given without a bucket, or without keys. */
export function exportTarget(settings: ExportSettings): ((log: string) => ObjectStore) | null {
  const { O10_LEDGER_EXPORT_DIR: dir, O10_LEDGER_EXPORT_S3: address } = settings;
  if (address !== undefined) return (log) => s3Store(s3Settings(settings, address, log));
  return dir === undefined ? null : (log) => folderStore(join(dir, log));
}

function s3Settings(settings: ExportSettings, address: string, log: string) {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  const url = new URL(address);
  const [bucket, ...prefix] = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (!bucket) throw new Error('O10_LEDGER_EXPORT_S3 names no bucket: https://endpoint/bucket/prefix.');
  if (!accessKeyId || !secretAccessKey)
    throw new Error('O10_LEDGER_EXPORT_S3 needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  return { endpoint: url.origin, region, bucket, prefix: [...prefix, log].join('/'), accessKeyId, secretAccessKey };
}
