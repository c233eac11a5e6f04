// The command of a worker process, which the supervisor of `gibbon serve` starts.
import type { CommandContext } from "./context.ts";
import { runWorker } from "../kong/server/workers/worker.ts";

/**
 * Serves until the supervisor says that it is enough.
 *
 * @throws {GibbonError} OPTION_INVALID if nobody is there to say so
 */
export async function run({ runtime, output }: CommandContext): Promise<void> {
  await runWorker(runtime, output);
}
