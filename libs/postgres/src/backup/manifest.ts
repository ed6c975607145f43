/** What a backup says of itself: which migrations its tables are of, and what each file must hash to. */
import { z } from 'zod';

export const BackupManifest = z.object({
  format: z.literal('o10.backup.v1'),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      rows: z.number().int().nonnegative(),
      sha256: z.string(),
    }),
  ),
  /** Months of the ledger's partitions, as `2026-11-01`. */
  months: z.array(z.string()),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), called: z.boolean() })),
  /** The newest checkpoint of each log; keep it elsewhere as well. */
  checkpoints: z.array(z.object({ log: z.string(), size: z.string(), note: z.string() })),
});
export type BackupManifest = z.output<typeof BackupManifest>;

export const tableFile = (table: string): string => `tables/${table}.copy`;
