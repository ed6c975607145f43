/**
 * Collects what many jobs ask within a few milliseconds and asks it once. Nobody waits for a replay, so a round trip
 * less is worth more than the delay; on the request path `batchByTurn` never delays.
 */
export function gather<Item, Answer>(
  ask: (items: Item[]) => Promise<Answer[]>,
  options: { delayMs: number; batchMax: number },
): (item: Item) => Promise<Answer> {
  let waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const batch = waiting;
    waiting = [];
    ask(batch.map((asked) => asked.item)).then(
      (answers) => batch.forEach((asked, index) => asked.resolve(answers[index] as Answer)),
      (error: unknown) => batch.forEach((asked) => asked.reject(error)),
    );
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length >= options.batchMax) flush();
      else timer ??= setTimeout(flush, options.delayMs);
    });
}
