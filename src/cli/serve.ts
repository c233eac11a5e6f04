// gibbon serve: the plugin server, until it is told to stop.
import { GibbonError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { serverLog } from "../base/repeats.ts";
import { Unsupported } from "../runtime/unsupported.ts";
import type { CommandContext } from "./context.ts";
import { stopReason } from "./lifecycle.ts";
import { isNginxChild } from "./parent.ts";
import { startServer } from "../kong/server/plugin_server.ts";
import { catchUncaught } from "../kong/server/uncaught.ts";
import { serverOptions } from "./serve_options.ts";
import type { ServerOptions } from "../kong/server/options.ts";
import { Supervisor } from "../kong/server/workers/supervisor.ts";

/**
 * Runs the server until a signal or the parent's end.
 *
 * @throws {GibbonError} if it cannot start
 */
export async function run(context: CommandContext): Promise<void> {
  // From the first moment on: a signal may come as soon as the socket is there.
  const reason = stopReason(context.options.exitWithParent ?? isNginxChild());
  const options = serverOptions(context.options);
  const log = serverLog(context.output.note, options.logLevel);
  if (options.workers === 0) return await serve(context, options, log, reason);
  try {
    await supervise(context, options, log, reason);
  } catch (error) {
    // Where sockets cannot be shared, one process has to do; who asked for more hears of it.
    const why = error instanceof GibbonError ? error.cause : undefined;
    if (!(why instanceof Unsupported) || context.options.workers !== undefined) throw error;
    log.warn(`there is no supervisor here: ${why.message}`, {
      remedy:
        "A plugin that kills its process ends the server here. --workers 0 says so on purpose.",
    });
    await serve(context, options, log, reason);
  }
}

async function serve(
  { runtime }: CommandContext,
  options: ServerOptions,
  log: Logger,
  reason: Promise<string>,
): Promise<void> {
  const running = await startServer(runtime, options, log);
  catchUncaught(log, running.registry);
  await running.stop(await Promise.race([reason, running.leaves]));
}

async function supervise(
  { runtime }: CommandContext,
  options: ServerOptions,
  log: Logger,
  reason: Promise<string>,
): Promise<void> {
  const supervisor = new Supervisor(runtime, options, log);
  // Also while it starts: a plugin may block its worker when it is loaded.
  const stopped = Promise.race([reason, supervisor.leaves]).then((why) => supervisor.stop(why));
  await supervisor.start();
  await stopped;
}
