// gibbon serve: the plugin server, until it is told to stop.
import { createLogger } from "../core/log.ts";
import type { CommandContext } from "./context.ts";
import { catchUncaught, stopReason } from "./lifecycle.ts";
import { startServer } from "./plugin_server.ts";

/**
 * Runs the server until a signal or the parent's end.
 *
 * @throws {GibbonError} if it cannot start
 */
export async function run({ runtime, options, output }: CommandContext): Promise<void> {
  const log = createLogger(output.note, options.logLevel);
  // From the first moment on: a signal may come as soon as the socket is there.
  const reason = stopReason(options.exitWithParent ?? false);
  const running = await startServer(runtime, options, log);
  catchUncaught(log, running.registry);
  await running.stop(await reason);
}
