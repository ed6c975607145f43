/** /api/envelopes */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  EnvelopeAnswer,
  EnvelopeList,
  EnvelopePut,
  EnvelopeTrial,
  EnvelopeTrialPost,
} from '#contracts/api/envelope-api.js';
import { roles } from '#contracts/api/member-api.js';
import { Slug } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { deleteDefinition } from '../change-definition.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { declaredEnvelope, requireOwnEnvelope } from '../declared-envelope.js';
import { putEnvelope, withBalances } from './put-envelope.js';
import { tryOnLedger } from './try-on-ledger.js';

@ApiTags('envelopes')
@Controller('api/envelopes')
export class EnvelopesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: EnvelopeList })
  async list() {
    return EnvelopeList.encode({ items: await withBalances(this.control, await this.control.stores.envelopes.list()) });
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: EnvelopeAnswer })
  async find(@Param('id', { schema: Slug }) id: string) {
    const stored = await this.control.stores.envelopes.find(id);
    if (!stored) throw notFound(`envelope ${id}`);
    const [answer] = await withBalances(this.control, [stored]);
    return EnvelopeAnswer.encode(answer!);
  }

  @Post('trial')
  @HttpCode(200)
  @Allow(...roles)
  @ApiOkResponse({ standardSchema: EnvelopeTrial })
  async try(@Body({ schema: EnvelopeTrialPost }) body: EnvelopeTrialPost) {
    return EnvelopeTrial.encode(await tryOnLedger(this.control, body));
  }

  @Put(':id')
  @Allow('engineer', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: EnvelopeAnswer })
  async put(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Slug }) id: string,
    @Body({ schema: EnvelopePut }) body: EnvelopePut,
  ) {
    requireOwnEnvelope(id);
    const stored = await putEnvelope(this.control, actor, { id, ...body });
    const [answer] = await withBalances(this.control, [stored]);
    return EnvelopeAnswer.encode(answer!);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('engineer', 'finance', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Param('id', { schema: Slug }) id: string) {
    requireOwnEnvelope(id);
    const declared = declaredEnvelope(this.control);
    if (!(await deleteDefinition(this.control, actor, declared, id))) throw notFound(`envelope ${id}`);
  }
}
