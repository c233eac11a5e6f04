// Waiting for a time, or for something within a time; no timer is left behind.

/** Settles after a time, or as soon as a signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

/**
 * Settles when something does, or after a time.
 *
 * @param ms how long to wait at most, in milliseconds
 * @throws what `something` rejects with in that time
 */
export async function atMost(ms: number, something: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  try {
    await Promise.race([something, late]);
  } finally {
    clearTimeout(timer);
  }
}
