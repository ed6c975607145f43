/** `GET /v1/models` and `/v1/models/{name}`: the names this key may ask for, and no others. */
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

  /** `name` empty: all of them. */
  answer(inbound: InboundCall, name: string, client: ServerResponse): void {
    const index = this.snapshot.current();
    if (!index) return this.record.answerOnly(inbound, client, { code: 'not_ready', message: 'o10 is starting.' });
    const identified = this.keys.identify(inbound.authorization, inbound.admittedAtMs);
    if ('refused' in identified) return this.record.answerOnly(inbound, client, identified.refused);
    const models = usableModels(identified.key, index);
    const asked = decoded(name);
    if (asked !== '' && !models.includes(asked)) {
      const message = `The model ${JSON.stringify(asked.slice(0, 200))} is not known to this key.`;
      return this.record.answerOnly(inbound, client, { code: 'unknown_model', message, param: 'model' });
    }
    const body = asked === '' ? inbound.protocol.spellModels(models) : inbound.protocol.spellModel(asked);
    client.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-flux-request-id': inbound.callId,
    });
    client.end(body);
  }
}

/** What is no escaping is a name nobody has. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
