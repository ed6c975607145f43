/** The tree as stores are given it. Hand this to `new LedgerStore(pool, ledgerTree)`; there is no other. */
import { Entry } from '#contracts/entry.js';
import type { LedgerTree } from '#contracts/ledger-tree.js';
import { callRecordOf } from './call-entry.js';
import { bodyProblem } from './entry-body.js';
import { entryBytes } from './canonical-entry.js';
import { decodeBundle, encodeBundle } from './entry-bundle.js';
import { leafHash } from './leaf-hash.js';
import { bundlePath, columnsPath, tilePath, tilesOf } from './tile.js';
import { planConsistency, planInclusion, planRoot } from './tile-plan.js';
import { appendLeaves, planEdge } from './tree-edge.js';
import { verifyConsistency } from './verify-proof.js';

export const ledgerTree: LedgerTree = {
  entryBytes: (entry) => {
    // A line is for ever: one that a verifier could not read back must not get in.
    const parsed = Entry.parse(entry);
    callRecordOf(parsed);
    const problem = bodyProblem(parsed);
    if (problem !== null) throw new TypeError(problem);
    return entryBytes(entry);
  },
  leafHash,
  planEdge,
  appendLeaves,
  planRoot,
  planInclusion,
  planConsistency,
  verifyConsistency,
  tilesOf,
  tilePath,
  bundlePath,
  columnsPath,
  encodeBundle,
  decodeBundle,
};
