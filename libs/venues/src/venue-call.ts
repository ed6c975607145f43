/** One call in flight: undici's handler on one side, the caller's sink on the other. Tells the sink its end exactly once. */
import type { Dispatcher } from 'undici';
import { classifyError } from './classify-error.js';
import type { AnswerSink, SendHandle } from './venue-client.js';
import { VenueFault, type FaultFacts, type VenueFaultCode } from './venue-fault.js';
import { responseHeaders } from './venue-headers.js';

export class VenueCall implements Dispatcher.DispatchHandler, SendHandle {
  private controller: Dispatcher.DispatchController | null = null;
  private ended = false;
  private readonly facts: FaultFacts = { requestSent: false, headSeen: false, bytesSeen: false };

  constructor(
    private readonly venue: string,
    private readonly sink: AnswerSink,
    private readonly onClosed: () => void,
  ) {}

  resume(): void {
    if (!this.ended) this.controller?.resume();
  }

  abort(): void {
    this.fail('aborted', 'the call was aborted');
  }

  /** It was aborted before it was sent, and must not be. */
  get over(): boolean {
    return this.ended;
  }

  /** Ends a call that cannot be sent at all. */
  refuse(why: string): void {
    this.fail('unreachable', `${this.venue}: ${why}`);
  }

  /** A connection is ready. An abort while it was being opened takes effect here, before a byte is sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.ended) controller.abort(new VenueFault('aborted', this.venue, 'the call was aborted'));
    else this.facts.requestSent = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200 || this.ended) return;
    if (status < 400 && status >= 300)
      return this.fail('redirect', `${this.venue} answered with the redirect ${status}, which is not followed`);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      return this.fail('protocol_error', `${this.venue} compressed its answer although it was asked not to`);
    this.facts.headSeen = true;
    this.sink.onHead(status, responseHeaders(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended) return;
    this.facts.bytesSeen = true;
    if (!this.sink.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.ended) return;
    this.close();
    this.sink.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.ended) return;
    this.close();
    const code = classifyError(error, this.facts.requestSent);
    this.sink.onFault(
      new VenueFault(code, this.venue, `${this.venue}: ${error.message}`, { cause: error }),
      this.facts,
    );
  }

  /** Ends the call from our side. The connection is destroyed: the rest of the answer is still on its way in it. */
  private fail(code: VenueFaultCode, message: string): void {
    if (this.ended) return;
    this.close();
    const fault = new VenueFault(code, this.venue, message);
    this.controller?.abort(fault);
    this.sink.onFault(fault, this.facts);
  }

  private close(): void {
    this.ended = true;
    this.onClosed();
  }
}
