/** The queues, by what their jobs ask for. Boot checks that each has exactly one processor. */
export const queueNames = {
  /** A served call, to be replayed against the candidates of its use case. Payload: MirrorJob. */
  mirror: 'mirror',
} as const;

/** Replays have side effects on money, and a claim makes them at most once; a job may be tried again safely. */
export const mirrorJobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: true,
  removeOnFail: { count: 1000 },
} as const;
