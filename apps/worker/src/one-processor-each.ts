/** Boot check: a queue without a processor fills unseen, and one with two does its work by halves in each. */

/** Throws, naming every queue that has none or several, and every processor of no queue. */
export function requireOneProcessorEach(queues: readonly string[], processors: readonly { queue: string }[]): void {
  const problems = [
    ...queues.flatMap((queue) => {
      const count = processors.filter((processor) => processor.queue === queue).length;
      return count === 1 ? [] : [`the queue ${queue} has ${count} processors`];
    }),
    ...processors
      .filter(({ queue }) => !queues.includes(queue))
      .map(({ queue }) => `a processor waits for the unknown queue ${queue}`),
  ];
  if (problems.length > 0) throw new Error(`The worker is wired wrongly: ${problems.join('; ')}.`);
}
