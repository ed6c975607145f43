/** /api/venues */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CredentialCheck, CredentialMatch, VenueAnswer, VenueList, VenuePut } from '#contracts/api/venue-api.js';
import { Slug } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { deleteDefinition } from '../change-definition.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { checkCredential, declaredVenue, putVenue, venueAnswer } from './put-venue.js';

@ApiTags('venues')
@Controller('api/venues')
export class VenuesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: VenueList })
  async list() {
    return VenueList.encode({ items: (await this.control.stores.venues.list()).map(venueAnswer) });
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: VenueAnswer })
  async find(@Param('id', { schema: Slug }) id: string) {
    const stored = await this.control.stores.venues.find(id);
    if (!stored) throw notFound(`venue ${id}`);
    return VenueAnswer.encode(venueAnswer(stored));
  }

  @Put(':id')
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: VenueAnswer })
  async put(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Slug }) id: string,
    @Body({ schema: VenuePut }) body: VenuePut,
  ) {
    return VenueAnswer.encode(await putVenue(this.control, actor, id, body));
  }

  @Post(':id/credential-check')
  @HttpCode(200)
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: CredentialMatch })
  async check(
    @Param('id', { schema: Slug }) id: string,
    @Body({ schema: CredentialCheck }) body: { credential: string },
  ) {
    return { matches: await checkCredential(this.control, id, body.credential) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('engineer', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Param('id', { schema: Slug }) id: string) {
    if (!(await deleteDefinition(this.control, actor, declaredVenue, id))) throw notFound(`venue ${id}`);
  }
}
