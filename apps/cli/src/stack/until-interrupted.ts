/** Waits for Ctrl-C (or SIGTERM), then stops in order; a second one leaves at once. */
export function untilInterrupted(stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const leave = () => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(resolve, reject);
    };
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
  });
}
