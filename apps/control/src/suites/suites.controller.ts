/** /api/suites/:useCase. The body is JSON Lines, so it arrives as text. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  AcceptSamples,
  SuiteAnswer,
  SuiteList,
  SuitePassList,
  SuiteQuery,
  SuiteReplayWanted,
  SuiteSampleList,
  SuiteUploaded,
} from '#contracts/api/suite-api.js';
import { ListQuery } from '#contracts/api/stored.js';
import { Slug } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { acceptSamples, readSamples } from './accept-samples.js';
import { readPasses, wantReplay } from './replay-suite.js';
import { deleteSuite, uploadSuite } from './upload-suite.js';

@ApiTags('suites')
@Controller('api/suites')
export class SuitesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: SuiteList })
  async list() {
    return SuiteList.encode({ items: await this.control.stores.suites.list() });
  }

  @Get(':useCase')
  @ApiOkResponse({ standardSchema: SuiteAnswer })
  async find(@Param('useCase', { schema: Slug }) useCase: string) {
    const suite = await this.control.stores.suites.current(useCase);
    if (!suite) throw notFound(`suite of ${useCase}`);
    return SuiteAnswer.encode(suite);
  }

  @Put(':useCase')
  @Allow('engineer', 'admin')
  @ApiConsumes('application/jsonl')
  @ApiBody({ schema: { type: 'string' }, description: 'One SuiteLine per line.' })
  @ApiOkResponse({ standardSchema: SuiteUploaded })
  async upload(
    @AskedBy() actor: Actor,
    @Param('useCase', { schema: Slug }) useCase: string,
    @Query({ schema: SuiteQuery }) { dryRun }: SuiteQuery,
    @Body() body: unknown,
  ) {
    if (typeof body !== 'string')
      throw new ControlProblem('unsupported_media_type', 'Send the suite as application/jsonl.');
    return SuiteUploaded.encode(await uploadSuite(this.control, actor, useCase, body, dryRun === 'true'));
  }

  @Post(':useCase/replay')
  @HttpCode(202)
  @Allow('engineer', 'admin')
  @ApiAcceptedResponse({ standardSchema: SuiteReplayWanted })
  async replay(@AskedBy() actor: Actor, @Param('useCase', { schema: Slug }) useCase: string) {
    return wantReplay(this.control, actor, useCase);
  }

  @Get(':useCase/passes')
  @ApiOkResponse({ standardSchema: SuitePassList })
  async passes(
    @Param('useCase', { schema: Slug }) useCase: string,
    @Query({ schema: ListQuery }) { count }: ListQuery,
  ) {
    return SuitePassList.encode({ items: await readPasses(this.control, useCase, count) });
  }

  @Get(':useCase/samples')
  @Allow('engineer', 'approver', 'admin')
  @ApiOkResponse({ standardSchema: SuiteSampleList })
  async samples(@Param('useCase', { schema: Slug }) useCase: string) {
    return SuiteSampleList.encode({ items: await readSamples(this.control, useCase) });
  }

  @Post(':useCase/samples')
  @HttpCode(200)
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: SuiteUploaded })
  async accept(
    @AskedBy() actor: Actor,
    @Param('useCase', { schema: Slug }) useCase: string,
    @Body({ schema: AcceptSamples }) body: AcceptSamples,
  ) {
    return SuiteUploaded.encode(await acceptSamples(this.control, actor, useCase, body));
  }

  @Delete(':useCase')
  @HttpCode(204)
  @Allow('engineer', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Param('useCase', { schema: Slug }) useCase: string) {
    if (!(await deleteSuite(this.control, actor, useCase))) throw notFound(`suite of ${useCase}`);
  }
}
