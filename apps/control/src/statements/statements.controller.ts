/** /api/statements */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  StatementAnswer,
  StatementCorrections,
  StatementList,
  StatementPost,
  StatementQuestion,
} from '#contracts/api/statement-api.js';
import { UseCaseQuery } from '#contracts/api/stored.js';
import { Id } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import {
  type Actor,
  type ControlContext,
  controlContext,
  type DraftStatement,
  draftStatementToken,
} from '../control-context.js';
import { notFound } from '../control-problem.js';
import { correctedSince } from './corrected-since.js';
import { addStatement, moveStatement } from './move-statement.js';

@ApiTags('statements')
@Controller('api/statements')
export class StatementsController {
  constructor(
    @Inject(controlContext) private readonly control: ControlContext,
    @Inject(draftStatementToken) private readonly draft: DraftStatement,
  ) {}

  @Get()
  @ApiOkResponse({ standardSchema: StatementList })
  async list(@Query({ schema: UseCaseQuery }) { useCase, count }: UseCaseQuery) {
    return StatementList.encode({ items: await this.control.stores.statements.list(useCase ?? null, count) });
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: StatementAnswer })
  async find(@Param('id', { schema: Id }) id: string) {
    const stored = await this.control.stores.statements.find(id);
    if (!stored) throw notFound(`statement ${id}`);
    return StatementAnswer.encode(stored);
  }

  @Get(':id/corrections')
  @ApiOkResponse({ standardSchema: StatementCorrections })
  async corrections(@Param('id', { schema: Id }) id: string) {
    const stored = await this.control.stores.statements.find(id);
    if (!stored) throw notFound(`statement ${id}`);
    return StatementCorrections.encode(await correctedSince(this.control, stored.definition));
  }

  @Post()
  @Allow('engineer', 'approver', 'finance', 'admin')
  @ApiCreatedResponse({ standardSchema: StatementAnswer })
  async add(@AskedBy() actor: Actor, @Body({ schema: StatementPost }) body: StatementPost) {
    const statement = await this.draft(this.control, actor, body);
    return StatementAnswer.encode(await addStatement(this.control, actor, statement));
  }

  @Post(':id/submit')
  @HttpCode(200)
  @Allow('engineer', 'approver', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: StatementAnswer })
  async submit(@AskedBy() actor: Actor, @Param('id', { schema: Id }) id: string) {
    return StatementAnswer.encode(await moveStatement(this.control, actor, id, 'submit'));
  }

  @Post(':id/query')
  @HttpCode(200)
  @Allow('finance')
  @ApiOkResponse({ standardSchema: StatementAnswer })
  async query(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: StatementQuestion }) { question }: { question: string },
  ) {
    return StatementAnswer.encode(await moveStatement(this.control, actor, id, 'query', question));
  }

  @Post(':id/sign')
  @HttpCode(200)
  @Allow('finance')
  @ApiOkResponse({ standardSchema: StatementAnswer })
  async sign(@AskedBy() actor: Actor, @Param('id', { schema: Id }) id: string) {
    return StatementAnswer.encode(await moveStatement(this.control, actor, id, 'sign'));
  }

  @Post(':id/supersede')
  @HttpCode(200)
  @Allow('finance')
  @ApiOkResponse({ standardSchema: StatementAnswer })
  async supersede(@AskedBy() actor: Actor, @Param('id', { schema: Id }) id: string) {
    return StatementAnswer.encode(await moveStatement(this.control, actor, id, 'supersede'));
  }
}
