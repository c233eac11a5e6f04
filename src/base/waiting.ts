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

/**
 * What something gives, if it comes in time. It is not stopped when it does not.
 *
 * @param ms how long to wait at most, in milliseconds
 * @param late makes what is thrown when the time is over
 * @throws what `something` rejects with in that time
 */
export async function inTime<T>(
  ms: number,
  something: Promise<T>,
  late: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([something, over]);
  } finally {
    clearTimeout(timer);
  }
}
