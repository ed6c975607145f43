/** A thread that checks bundles: gets coordinates, answers with what it found, in the order it was asked. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TileSpan } from '#contracts/ledger-tree.js';
import { checkBundle, type CheckedBundle } from './check-bundle.js';

/** What lines say travels as one text: objects by the hundred are dearer to send than to spell and parse. */
export type SentBundle = Omit<CheckedBundle, 'said'> & { said: string };

const { dirs } = workerData as { dirs: string[] };

parentPort?.on('message', (span: TileSpan) => {
  const { said, ...checked } = checkBundle(dirs, span);
  const sent: SentBundle = { ...checked, said: JSON.stringify(said) };
  const handedOver = [sent.leaves, ...(sent.tile ? [sent.tile] : [])].map(({ buffer }) => buffer as ArrayBuffer);
  parentPort?.postMessage(sent, handedOver);
});
