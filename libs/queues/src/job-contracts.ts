/** Which jobs each queue holds. */
import type { z } from 'zod';
import { KeepJob, MirrorJob } from '#contracts/jobs.js';
import type { CallQueueName } from './queue-names.js';

export const jobContracts = { mirror: MirrorJob, keep: KeepJob } as const satisfies Record<CallQueueName, z.ZodType>;
export type CallJob<Name extends CallQueueName> = z.output<(typeof jobContracts)[Name]>;
