/** /api/members */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { MemberIssued, MemberList, MemberName, MemberPost, WhoAmI } from '#contracts/api/member-api.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { addMember, revokeMember } from './add-member.js';

@ApiTags('members')
@Controller('api/members')
export class MembersController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: MemberList })
  async list() {
    return MemberList.encode({ items: await this.control.stores.members.list() });
  }

  @Get('me')
  @ApiOkResponse({ standardSchema: WhoAmI })
  me(@AskedBy() { name, role }: Actor) {
    return WhoAmI.encode({ name, role });
  }

  @Post()
  @Allow('admin')
  @ApiCreatedResponse({ standardSchema: MemberIssued })
  async add(@AskedBy() actor: Actor, @Body({ schema: MemberPost }) body: MemberPost) {
    return MemberIssued.encode(await addMember(this.control, actor, body));
  }

  @Delete(':name')
  @HttpCode(204)
  @Allow('admin')
  @ApiNoContentResponse()
  async revoke(@AskedBy() actor: Actor, @Param('name', { schema: MemberName }) name: string) {
    await revokeMember(this.control, actor, name);
  }
}
