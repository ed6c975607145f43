/** What every protocol's tap does alike: relay the chunks, and read the events they hold. */
import { type EventVerdict, RelayedEvents } from './relayed-events.js';
import type { StreamTap } from './protocol.js';

export abstract class EventTap implements Pick<StreamTap, 'push' | 'end' | 'heldBytes' | 'betweenEvents'> {
  private readonly events: RelayedEvents;

  /** Without `rewrites` nothing is ever held back; an event of more bytes than `readMaxBytes` is relayed but not read. */
  constructor(rewrites: boolean, readMaxBytes?: number) {
    const read = (bytes: Buffer, first: boolean, committed: boolean) => this.readEvent(bytes, first, committed);
    this.events = new RelayedEvents(rewrites, read, readMaxBytes);
  }

  /** Takes note of what the event says, and decides what becomes of it; see `EventReader`. */
  protected abstract readEvent(bytes: Buffer, first: boolean, committed: boolean): EventVerdict;

  get heldBytes(): number {
    return this.events.heldBytes;
  }

  get betweenEvents(): boolean {
    return this.events.betweenEvents;
  }

  push(chunk: Buffer): Buffer | null {
    return this.events.push(chunk);
  }

  end(): Buffer | null {
    return this.events.end();
  }
}
