/** The queues, by what their jobs ask for. Boot checks that each has exactly one processor. */
export const queueNames = {
  /** A served call, to be replayed against the candidates of its use case. Payload: MirrorJob. */
  mirror: 'mirror',
  /** What a call said, to be kept as its use case says. Payload: KeepJob. */
  keep: 'keep',
  /** An alert, to be told to a webhook. Payload: WebhookJob. */
  webhook: 'webhook',
} as const;
/** Queues of jobs about one call, by its id. */
export type CallQueueName = 'mirror' | 'keep';

/** A job may be tried again safely: replays have side effects on money, and a claim makes them at most once. */
export const callJobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: true,
  removeOnFail: { count: 1000 },
} as const;

/** Ten attempts over some forty minutes; who is away longer finds the alert over the API. */
export const webhookJobOptions = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
} as const;
