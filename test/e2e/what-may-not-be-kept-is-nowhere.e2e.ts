/** Proxies that reach Redis only: copies of what may be kept wait there for the worker, and nothing of the rest. */
import { describe } from 'vitest';
import { keptContentSuite } from '../support/kept-content.js';
import { redisAvailable } from '../support/redis.js';

describe.skipIf(!redisAvailable())('with Redis', () => {
  keptContentSuite('Redis');
});
