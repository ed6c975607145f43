/** How far a long run has come, on one line of a terminal; where nobody watches, nothing. */
export type Progress = (done: number, of: number) => void;

const width = 30;
const everyMs = 100;

/** Requires `nowMs` to rise. Wipes its line when done. */
export function progressOn(
  stream: { isTTY?: boolean; write(text: string): unknown },
  what: string,
  nowMs: () => number,
): Progress {
  if (!stream.isTTY) return () => undefined;
  const startedMs = nowMs();
  let shownMs = startedMs;
  return (done, of) => {
    const atMs = nowMs();
    if (done >= of) {
      if (shownMs > startedMs) stream.write('\r\u001b[K');
      return;
    }
    if (atMs - shownMs < everyMs) return;
    shownMs = atMs;
    const full = Math.floor((done / of) * width);
    const perSecond = Math.round(done / ((atMs - startedMs) / 1_000));
    const bar = '█'.repeat(full) + '░'.repeat(width - full);
    stream.write(`\r${what} ${bar} ${Math.floor((100 * done) / of)} %  ${done} of ${of}, ${perSecond}/s\u001b[K`);
  };
}
