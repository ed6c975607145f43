/** `GET /v1/models`: the names this key may ask for, and no others. */
import type { ServerResponse } from 'node:http';
import { usableModels } from '#domain/lanes/usable-models.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { InboundCall } from './admit-call.js';
import type { KeyRing } from './key-ring.js';
import type { RecordCall } from './record-call.js';

export class ListModels {
  constructor(
    private readonly snapshot: { current(): RoutingIndex | null },
    private readonly keys: KeyRing,
    private readonly record: RecordCall,
  ) {}

  answer(inbound: InboundCall, client: ServerResponse): void {
    const index = this.snapshot.current();
    if (!index) return this.record.answerOnly(inbound, client, { code: 'not_ready', message: 'o10 is starting.' });
    const identified = this.keys.identify(inbound.authorization, inbound.admittedAtMs);
    if ('refused' in identified) return this.record.answerOnly(inbound, client, identified.refused);
    const body = inbound.protocol.spellModels(usableModels(identified.key, index));
    client.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-flux-request-id': inbound.callId,
    });
    client.end(body);
  }
}
