/** The tree as stores are given it. Hand this to `new LedgerStore(pool, ledgerTree)`; there is no other. */
import type { LedgerTree } from '#contracts/ledger-tree.js';
import { entryBytes } from './canonical-entry.js';
import { encodeBundle } from './entry-bundle.js';
import { leafHash } from './leaf-hash.js';
import { bundlePath, tilePath, tilesOf } from './tile.js';
import { planConsistency, planInclusion, planRoot } from './tile-plan.js';
import { appendLeaves, planEdge } from './tree-edge.js';
import { verifyConsistency } from './verify-proof.js';

export const ledgerTree: LedgerTree = {
  entryBytes,
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
  encodeBundle,
};
