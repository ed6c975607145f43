/** What proxies were told, without the price rows and the sealed credentials inside. */
import { z } from 'zod';
import { Digest, Instant } from '../names.js';
import { listOf } from './stored.js';

export const SnapshotVersion = z
  .object({ version: z.number().int().positive(), sha256: Digest, publishedAt: Instant, publishedBy: z.string() })
  .meta({ id: 'SnapshotVersion' });
export type SnapshotVersion = z.output<typeof SnapshotVersion>;
export const SnapshotVersionList = listOf(SnapshotVersion).meta({ id: 'SnapshotVersionList' });

export const SnapshotPublished = z
  .object({ version: z.number().int().positive(), sha256: Digest })
  .meta({ id: 'SnapshotPublished' });
