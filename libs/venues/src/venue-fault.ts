/** How a venue fails, as one class with a stable code. What a venue *answers*, 500 included, is an answer and not a fault. */

export type VenueFaultCode =
  | 'unreachable'
  | 'timeout_connect'
  | 'timeout_first_byte'
  | 'timeout_idle'
  | 'reset'
  | 'protocol_error'
  | 'redirect'
  | 'aborted'
  | 'cannot_express';

export class VenueFault extends Error {
  override readonly name = 'VenueFault';

  constructor(
    readonly code: VenueFaultCode,
    readonly venue: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** How far the call had come when it failed; decides whether it may be tried again and whether it may be billed. */
export interface FaultFacts {
  /** The request was handed to a connection: the venue may have seen and billed it. */
  requestSent: boolean;
  /** `onHead` was called. */
  headSeen: boolean;
  /** `onData` was called. */
  bytesSeen: boolean;
}
