/** /api/gates: what the gate said. Verdicts are made by the worker; nobody can post one. */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { EnforcedProofList, GateEvidenceList } from '#contracts/api/gate-api.js';
import { VerdictList } from '#contracts/api/statement-api.js';
import { UseCaseQuery } from '#contracts/api/stored.js';
import { Id } from '#contracts/names.js';
import { Verdict } from '#contracts/verdict.js';
import { type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { readEnforced } from './read-enforced.js';
import { readEvidence } from './read-evidence.js';

@ApiTags('gates')
@Controller('api/gates')
export class GatesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get('evidence')
  @ApiOkResponse({ standardSchema: GateEvidenceList })
  async evidence(@Query({ schema: UseCaseQuery }) { useCase }: UseCaseQuery) {
    return GateEvidenceList.encode({ items: await readEvidence(this.control, useCase ?? null) });
  }

  @Get('enforced')
  @ApiOkResponse({ standardSchema: EnforcedProofList })
  async enforced(@Query({ schema: UseCaseQuery }) { useCase }: UseCaseQuery) {
    return EnforcedProofList.encode({ items: await readEnforced(this.control, useCase ?? null) });
  }

  @Get('verdicts')
  @ApiOkResponse({ standardSchema: VerdictList })
  async list(@Query({ schema: UseCaseQuery }) { useCase, count }: UseCaseQuery) {
    return VerdictList.encode({ items: await this.control.stores.verdicts.list(useCase ?? null, count) });
  }

  @Get('verdicts/:id')
  @ApiOkResponse({ standardSchema: Verdict })
  async find(@Param('id', { schema: Id }) id: string) {
    const verdict = await this.control.stores.verdicts.find(id);
    if (!verdict) throw notFound(`verdict ${id}`);
    return Verdict.encode(verdict);
  }
}
