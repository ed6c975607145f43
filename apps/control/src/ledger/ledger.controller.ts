/** /api/ledger: lines, checkpoint, proofs. /v1/generation: what one call cost, for the caller's own key too. */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  CallProofList,
  Generation,
  GenerationQuery,
  LedgerLineList,
  LedgerState,
  LineProof,
  LineQuery,
  RollUpList,
  RollUpQuery,
} from '#contracts/api/ledger-api.js';
import type { ApiKey } from '#contracts/key.js';
import { Id } from '#contracts/names.js';
import { AskedByKey, KeysToo } from '../access.guard.js';
import { type ControlContext, controlContext } from '../control-context.js';
import { findGeneration } from './find-generation.js';
import { proveCall, proveLine, readLines, readRollUps, readState } from './read-ledger.js';

const LineIndex = z.coerce.number().int().nonnegative();

@ApiTags('ledger')
@Controller()
export class LedgerController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get('api/ledger')
  @ApiOkResponse({ standardSchema: LedgerState })
  async state() {
    return LedgerState.encode(await readState(this.control));
  }

  @Get('api/ledger/lines')
  @ApiOkResponse({ standardSchema: LedgerLineList })
  async lines(@Query({ schema: LineQuery }) query: LineQuery) {
    return LedgerLineList.encode(await readLines(this.control, query));
  }

  @Get('api/ledger/lines/:index/proof')
  @ApiOkResponse({ standardSchema: LineProof })
  async proof(@Param('index', { schema: LineIndex }) index: number) {
    return LineProof.encode(await proveLine(this.control, index));
  }

  @Get('api/ledger/calls/:id/proofs')
  @ApiOkResponse({ standardSchema: CallProofList })
  async callProofs(@Param('id', { schema: Id }) id: string) {
    return CallProofList.encode(await proveCall(this.control, id));
  }

  @Get('api/ledger/rollups')
  @ApiOkResponse({ standardSchema: RollUpList })
  async rollUps(@Query({ schema: RollUpQuery }) query: RollUpQuery) {
    return RollUpList.encode(await readRollUps(this.control, query));
  }

  @Get('v1/generation')
  @KeysToo()
  @ApiOkResponse({ standardSchema: Generation })
  async generation(@Query({ schema: GenerationQuery }) { id }: { id: string }, @AskedByKey() key: ApiKey | null) {
    return Generation.encode(await findGeneration(this.control, id, key));
  }
}
