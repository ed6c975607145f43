/** /api/use-cases */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  EnforceProof,
  ModeSwitch,
  Rollback,
  UseCaseAnswer,
  UseCaseList,
  UseCasePut,
} from '#contracts/api/use-case-api.js';
import { AcceptProposal, ProposedUseCases } from '#contracts/api/proposal-api.js';
import { Digest, Slug } from '#contracts/names.js';
import { UseCase } from '#contracts/use-case.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Declared, deleteDefinition, putDefinition } from '../change-definition.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { findEnforceProof } from '../find-enforce-proof.js';
import { acceptedUseCase, readProposals } from './propose-use-cases.js';
import { rollBack } from './roll-back.js';
import { switchMode } from './switch-mode.js';

const declaredUseCase: Declared<UseCase> = {
  subject: 'use_case',
  store: ({ useCases }) => useCases,
  wire: (useCase) => UseCase.encode(useCase),
};

@ApiTags('use-cases')
@Controller('api/use-cases')
export class UseCasesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: UseCaseList })
  async list() {
    return UseCaseList.encode({ items: await this.control.stores.useCases.list() });
  }

  @Get('proposed')
  @ApiOkResponse({ standardSchema: ProposedUseCases })
  async proposed() {
    return ProposedUseCases.encode(await readProposals(this.control));
  }

  @Post('proposed/:shape')
  @HttpCode(200)
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: UseCaseAnswer })
  async accept(
    @AskedBy() actor: Actor,
    @Param('shape', { schema: Digest }) shape: string,
    @Body({ schema: AcceptProposal }) body: AcceptProposal,
  ) {
    const accepted = await acceptedUseCase(this.control, shape, body);
    const stored = await putDefinition(this.control, actor, declaredUseCase, accepted.slug, (current) => {
      if (current) throw new ControlProblem('name_taken', `There is a use case ${accepted.slug} already.`);
      return accepted;
    });
    return UseCaseAnswer.encode(stored);
  }

  @Get(':slug')
  @ApiOkResponse({ standardSchema: UseCaseAnswer })
  async find(@Param('slug', { schema: Slug }) slug: string) {
    const stored = await this.control.stores.useCases.find(slug);
    if (!stored) throw notFound(`use case ${slug}`);
    return UseCaseAnswer.encode(stored);
  }

  @Put(':slug')
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: UseCaseAnswer })
  async put(
    @AskedBy() actor: Actor,
    @Param('slug', { schema: Slug }) slug: string,
    @Body({ schema: UseCasePut }) body: UseCasePut,
  ) {
    const stored = await putDefinition(this.control, actor, declaredUseCase, slug, (current) => ({
      ...body,
      slug,
      mode: current?.mode ?? 'off',
    }));
    return UseCaseAnswer.encode(stored);
  }

  @Get(':slug/proof')
  @ApiOkResponse({ standardSchema: EnforceProof })
  async proof(@Param('slug', { schema: Slug }) slug: string) {
    return EnforceProof.encode(await findEnforceProof(this.control.stores, slug, this.control.nowMs()));
  }

  @Post(':slug/mode')
  @HttpCode(200)
  @Allow('engineer', 'approver', 'admin')
  @ApiOkResponse({ standardSchema: UseCaseAnswer })
  async mode(
    @AskedBy() actor: Actor,
    @Param('slug', { schema: Slug }) slug: string,
    @Body({ schema: ModeSwitch }) body: ModeSwitch,
  ) {
    return UseCaseAnswer.encode(await switchMode(this.control, actor, slug, body));
  }

  @Post(':slug/baseline')
  @HttpCode(200)
  @Allow('engineer', 'approver', 'admin')
  @ApiOkResponse({ standardSchema: UseCaseAnswer })
  async baseline(
    @AskedBy() actor: Actor,
    @Param('slug', { schema: Slug }) slug: string,
    @Body({ schema: Rollback }) body: Rollback,
  ) {
    return UseCaseAnswer.encode(await rollBack(this.control, actor, slug, body));
  }

  @Delete(':slug')
  @HttpCode(204)
  @Allow('engineer', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Param('slug', { schema: Slug }) slug: string) {
    if (!(await deleteDefinition(this.control, actor, declaredUseCase, slug))) throw notFound(`use case ${slug}`);
  }
}
