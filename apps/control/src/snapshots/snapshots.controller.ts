/** /api/snapshots: which snapshot proxies were told last. Every accepted change publishes by itself; POST does so anyway. */
import { Controller, Get, Inject, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SnapshotPublished, SnapshotVersionList } from '#contracts/api/snapshot-api.js';
import { ListQuery } from '#contracts/api/stored.js';
import { restoreFeed } from '#postgres/admin/publish-keys.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';

@ApiTags('snapshots')
@Controller('api/snapshots')
export class SnapshotsController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: SnapshotVersionList })
  async list(@Query({ schema: ListQuery }) { count }: ListQuery) {
    return SnapshotVersionList.encode({ items: await this.control.stores.snapshots.versions(count) });
  }

  @Post()
  @Allow('engineer', 'approver', 'admin')
  @ApiCreatedResponse({ standardSchema: SnapshotPublished })
  async publish(@AskedBy() actor: Actor) {
    const { publishing } = this.control;
    const nothing = () => Promise.resolve({ result: null, entries: [] });
    const { snapshot } = await publishSnapshot(publishing, actor.name, nothing, true);
    await restoreFeed(publishing);
    return SnapshotPublished.encode({ version: snapshot.version, sha256: snapshot.sha256 });
  }
}
