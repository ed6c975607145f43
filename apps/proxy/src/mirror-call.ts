/**
 * Copies a sampled call for the shadow, after its answer is gone: sealed into the mirror store, then one job that
 * carries the pointer. Whatever fails here is counted and costs the caller nothing; its place in the line is void.
 */
import type { KeyObject } from 'node:crypto';
import type { MirrorJob } from '#contracts/jobs.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import { mirrorLifetimeMs } from '#contracts/mirror-store.js';
import type { MirrorQueue } from '#queues/mirror-queue.js';
import { seal } from '#runtime/seal.js';

export interface CallCopy {
  job: Omit<MirrorJob, 'pointer'>;
  requestBody: Buffer;
  /** Null: the answer was not complete or too large to keep. */
  answer: { body: Buffer; contentType: string } | null;
}

export class MirrorCall {
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly store: MirrorStore,
    private readonly queue: MirrorQueue,
    private readonly sealKey: KeyObject,
    private readonly onDropped: (reason: string) => void,
  ) {}

  mirror(copy: CallCopy): void {
    const work = this.keep(copy).then((pointer) => this.queue.add({ ...copy.job, pointer }));
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  }

  /** The pointer, or null where there is nothing to replay. */
  private async keep({ job, requestBody, answer }: CallCopy): Promise<string | null> {
    if (!answer) return null;
    const plain = JSON.stringify({
      requestBody: requestBody.toString('base64'),
      answerBody: answer.body.toString('base64'),
      answerContentType: answer.contentType,
    });
    try {
      const kept = await this.store.put(
        job.callId,
        seal(this.sealKey, Buffer.from(plain), `mirror|${job.callId}`),
        mirrorLifetimeMs,
      );
      if (!kept) this.onDropped('too_large');
      return kept ? job.callId : null;
    } catch {
      this.onDropped('store_down');
      return null;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await this.queue.close();
    await this.store.close();
  }
}
