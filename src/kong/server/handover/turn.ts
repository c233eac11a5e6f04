// One takeover of a path at a time: who comes between two others would be unknown to both.
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { GibbonError } from "../../../base/errors.ts";
import type { Listener, Runtime } from "../../../runtime/contract.ts";
import { openSocket } from "../../../runtime/socket/open.ts";

/** How long the others may take, in milliseconds: they ask servers that may be busy. */
const LONGEST_MS = 20_000;
/** How often it is tried, in milliseconds. */
const TRY_MS = 20;

/**
 * Waits for its turn.
 *
 * @param file the path that is to be taken over
 * @returns ends the turn when it is closed; so does the end of the process
 * @throws {GibbonError} SOCKET_IN_USE, SOCKET_FAILED if it does not come
 */
export async function takeTurn(
  runtime: Pick<Runtime, "listen" | "connect">,
  file: string,
): Promise<Listener> {
  // Who listens on it has the turn: what a dead process leaves is known to be stale.
  const digest = createHash("sha256").update(basename(file)).digest("hex");
  const path = join(dirname(file), `.${digest.slice(0, 6)}`);
  for (const end = performance.now() + LONGEST_MS;;) {
    try {
      return await openSocket(runtime, path, (connection) => {
        connection.destroy();
        return { data: () => {}, closed: () => {} };
      });
    } catch (error) {
      if (!(error instanceof GibbonError) || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_MS));
    }
  }
}
