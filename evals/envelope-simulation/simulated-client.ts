/** The caller's side of one call: what it was told, by whom, and when it walked away. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';

export class SimulatedClient extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableFinished = false;
  status = 0;
  text = '';

  get response(): ServerResponse {
    return this as unknown as ServerResponse;
  }

  writeHead(status: number): void {
    this.headersSent = true;
    this.status = status;
  }

  flushHeaders(): void {}

  write(bytes: Buffer): boolean {
    this.text += bytes.toString();
    return true;
  }

  end(bytes?: Buffer | string): void {
    if (bytes) this.text += bytes.toString();
    this.writableFinished = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  leave(): void {
    if (!this.writableFinished && !this.destroyed) this.destroy();
  }
}
