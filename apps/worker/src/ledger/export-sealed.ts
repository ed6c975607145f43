/**
 * Carries what was sealed to where the owner of the database cannot rewrite it, after every checkpoint. Where the store
 * is behind, or was down, the next turn writes what is missing; what it holds is always a whole ledger.
 */
import { parseCheckpoint } from '#domain/ledger/checkpoint.js';
import { parseNote } from '#domain/ledger/signed-note.js';
import type { CheckpointSigner } from '#contracts/ledger-tree.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { ObjectStore } from '#postgres/ledger/object-store.js';

export interface ExportSealedParts {
  ledger: Pick<LedgerStore, 'logs' | 'exportTo'>;
  signerOf: (log: string) => CheckpointSigner;
  /** Where the files of a log go. */
  storeOf: (log: string) => ObjectStore;
}

export class ExportSealed {
  /** By log, as found in the store or written there. */
  private readonly exported = new Map<string, number>();

  constructor(private readonly parts: ExportSealedParts) {}

  /** Returns how many lines were written. Throws when database or store does; then the rest waits. */
  async run(): Promise<number> {
    const { ledger, signerOf, storeOf } = this.parts;
    let lines = 0;
    for (const log of await ledger.logs()) {
      const store = storeOf(log);
      const from = this.exported.get(log) ?? (await sizeIn(store));
      const written = await ledger.exportTo(log, store, signerOf(log).verifierKeys, from);
      this.exported.set(log, written?.size ?? from);
      lines += written ? written.size - from : 0;
    }
    return lines;
  }
}

/** Nobody's signature is checked: a note that lies makes this write too little, and the verifier says so. */
async function sizeIn(store: ObjectStore): Promise<number> {
  const note = await store.get('checkpoint');
  return note === null ? 0 : Number(parseCheckpoint(parseNote(note.toString('utf8')).text).size);
}
