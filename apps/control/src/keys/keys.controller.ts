/** /api/keys */
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  StreamableFile,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import {
  KeyBulkPost,
  KeyIssued,
  KeyLine,
  KeyList,
  KeyPost,
  KeyQuery,
  KeyRevoked,
  KeyRotate,
} from '#contracts/api/key-api.js';
import { ApiKey } from '#contracts/key.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { issueKey, issueKeys, keyAnswer, revokeKey, rotateKey } from './issue-keys.js';

@ApiTags('keys')
@Controller('api/keys')
export class KeysController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: KeyList })
  async list(@Query({ schema: KeyQuery }) { after, count }: KeyQuery) {
    return KeyList.encode({ items: (await this.control.stores.keys.page(after ?? null, count)).map(keyAnswer) });
  }

  @Post()
  @Allow('engineer', 'admin')
  @ApiCreatedResponse({ standardSchema: KeyIssued })
  async issue(@AskedBy() actor: Actor, @Body({ schema: KeyPost }) body: KeyPost) {
    return KeyIssued.encode(await issueKey(this.control, actor, body));
  }

  @Post('bulk')
  @Allow('engineer', 'admin')
  @Header('content-type', 'application/x-ndjson')
  @ApiProduces('application/x-ndjson')
  @ApiCreatedResponse({ standardSchema: KeyLine, description: 'One KeyLine per line.' })
  async issueMany(@AskedBy() actor: Actor, @Body({ schema: KeyBulkPost }) { count, ...wanted }: KeyBulkPost) {
    const issued = await issueKeys(this.control, actor, wanted, count);
    return new StreamableFile(Readable.from(linesOf(issued)), { type: 'application/x-ndjson' });
  }

  @Post(':id/rotate')
  @Allow('engineer', 'admin')
  @ApiCreatedResponse({ standardSchema: KeyIssued })
  async rotate(
    @AskedBy() actor: Actor,
    @Param('id', { schema: ApiKey.shape.id }) id: string,
    @Body({ schema: KeyRotate }) { overlapSeconds }: KeyRotate,
  ) {
    return KeyIssued.encode(await rotateKey(this.control, actor, id, overlapSeconds));
  }

  @Delete(':id')
  @HttpCode(200)
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: KeyRevoked })
  async revoke(@AskedBy() actor: Actor, @Param('id', { schema: ApiKey.shape.id }) id: string) {
    const { revokedAt } = await revokeKey(this.control, actor, id);
    return KeyRevoked.encode({ id, revokedAt });
  }
}

function* linesOf(issued: { id: string; secret: string }[]): Generator<string> {
  for (let from = 0; from < issued.length; from += 1_000) {
    const page = issued.slice(from, from + 1_000);
    yield page.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}
