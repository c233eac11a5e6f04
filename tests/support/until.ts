// Waiting for a condition: tests never wait for a time.

/**
 * How long something may take before a test gives up, in milliseconds: on a machine that others use
 * too, a server of three processes was seen to take more than 20 s to start.
 */
export const PATIENCE_MS = 60_000;

/**
 * Settles when something is so; it is looked at again and again.
 *
 * @throws {Error} if it never comes to be
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  for (const end = performance.now() + patienceMs; !await holds();) {
    if (performance.now() > end) throw new Error(`It never came to be: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
