/**
 * Copies a call after its answer is gone, for the shadow where it was sampled, to be kept where its use case says so: sealed
 * into the mirror store, then one job that carries the pointer. Whatever fails here is counted and costs the caller
 * nothing; a sampled call's place in the line is then void.
 */
import type { KeyObject } from 'node:crypto';
import type { KeepJob, MirroredCall, MirrorJob } from '#contracts/jobs.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import { mirrorLifetimeMs } from '#contracts/mirror-store.js';
import type { CallJobQueue } from '#queues/call-job-queue.js';
import { seal } from '#runtime/seal.js';

export interface CallCopy {
  job: Omit<MirrorJob, 'pointer'>;
  requestBody: Buffer;
  /** Null: the answer was not complete or too large to keep. */
  answer: { body: Buffer; contentType: string } | null;
}

/** A call to be kept for days. Its copy is its own: the replay throws the other away. */
export interface KeptCopy extends Omit<CallCopy, 'job'> {
  job: Omit<KeepJob, 'pointer'>;
  /** As the caller names it; absent where it does not. */
  subject: string | undefined;
  key: string;
}

export class MirrorCall {
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly store: MirrorStore,
    private readonly queues: { mirror: CallJobQueue<'mirror'>; keep: CallJobQueue<'keep'> },
    private readonly sealKey: KeyObject,
    private readonly onDropped: (reason: string) => void,
    private readonly onNotKept: (reason: string) => void,
  ) {}

  mirror({ job, requestBody, answer }: CallCopy): void {
    const put = answer ? this.put(job.callId, plainOf(requestBody, answer), job.callId, this.onDropped) : null;
    this.run(Promise.resolve(put).then((pointer) => this.queues.mirror.add({ ...job, pointer })));
  }

  keep({ job, requestBody, answer, subject, key }: KeptCopy): void {
    const plain = { ...plainOf(requestBody, answer ?? noAnswer), key, ...(subject !== undefined && { subject }) };
    const put = this.put(job.callId, plain, `keep-${job.callId}`, this.onNotKept);
    this.run(put.then((pointer) => pointer === null || this.queues.keep.add({ ...job, pointer })));
  }

  private run(work: Promise<unknown>): void {
    const running = work.then(() => undefined);
    this.running.add(running);
    void running.finally(() => this.running.delete(running));
  }

  /** The pointer, or null where the copy could not be kept. */
  private async put(
    callId: string,
    plain: MirroredCall,
    pointer: string,
    onDropped: (reason: string) => void,
  ): Promise<string | null> {
    try {
      const sealed = seal(this.sealKey, Buffer.from(JSON.stringify(plain)), `mirror|${callId}`);
      const kept = await this.store.put(pointer, sealed, mirrorLifetimeMs);
      if (!kept) onDropped('too_large');
      return kept ? pointer : null;
    } catch {
      onDropped('store_down');
      return null;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await Promise.all([this.queues.mirror.close(), this.queues.keep.close()]);
    await this.store.close();
  }
}

const noAnswer = { body: Buffer.alloc(0), contentType: '' };

const plainOf = (requestBody: Buffer, answer: { body: Buffer; contentType: string }): MirroredCall => ({
  requestBody: requestBody.toString('base64'),
  answerBody: answer.body.toString('base64'),
  answerContentType: answer.contentType,
});
