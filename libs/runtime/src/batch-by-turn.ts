/**
 * Collects what is asked in one turn of the event loop and asks it once: one round trip holds money for every call
 * that arrived together. A batch never waits for another; up to `batchMax` items travel in one.
 */
export function batchByTurn<Item, Answer>(
  ask: (items: Item[]) => Promise<Answer[]>,
  batchMax: number,
): (item: Item) => Promise<Answer> {
  let waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];

  const flush = () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax);
      ask(batch.map((asked) => asked.item)).then(
        (answers) => batch.forEach((asked, index) => asked.resolve(answers[index] as Answer)),
        (error: unknown) => batch.forEach((asked) => asked.reject(error)),
      );
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ item, resolve, reject });
    });
}
