/** Polls until something holds; whoever waits says what it means that it does not come. */

const pollMs = 100;
const patienceMs = 30_000;

/** Throws `otherwise` after `timeoutMs`. */
export async function waitFor(
  holds: () => Promise<boolean>,
  otherwise: string,
  timeoutMs: number = patienceMs,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
