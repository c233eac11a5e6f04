// A worker process: obeys the supervisor over stdin and stdout, until one of them ends.
import process from "node:process";
import { GibbonError } from "../../../base/errors.ts";
import type { Runtime } from "../../../runtime/contract.ts";
import { Worker } from "./orders.ts";
import type { WorkerOutput } from "./serving.ts";

/**
 * Serves until the supervisor says that it is enough.
 *
 * @throws {GibbonError} OPTION_INVALID if nobody is there to say so
 */
export async function runWorker(runtime: Runtime, output: WorkerOutput): Promise<void> {
  // A signal to the whole group is the supervisor's to act on.
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {});
  // The end of stdin says that the supervisor is gone, but not to a loop that a plugin blocks.
  runtime.endWithParent();
  const worker = new Worker(runtime, output, (bytes) => {
    output.data(bytes).catch(() => runtime.exit(1));
  });
  await supervised(runtime, worker);
}

/** Does what the supervisor says, until it says that it is enough. */
function supervised(runtime: Runtime, worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    let spokenTo = false;
    const alone = () => {
      reject(
        new GibbonError("OPTION_INVALID", "A worker process cannot be started by hand", {
          remedy: "Use gibbon serve --workers.",
        }),
      );
    };
    if (process.stdin.isTTY) return alone();
    process.stdin.on("data", (bytes) => {
      spokenTo = true;
      worker.received(bytes as Uint8Array);
    });
    // Without a supervisor there is no server; what Kong starts next must find the socket deserted.
    const left = () => spokenTo ? runtime.exit(1) : alone();
    process.stdin.on("end", left);
    // Without an end before it: a plugin has destroyed it.
    process.stdin.on("close", left);
    worker.stopped.then(resolve, reject);
  });
}
