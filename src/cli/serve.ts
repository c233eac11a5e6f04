// gibbon serve: the plugin server, until it is told to stop.
import { createLogger } from "../base/log.ts";
import type { CommandContext } from "./context.ts";
import { stopReason } from "./lifecycle.ts";
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
  const reason = stopReason(context.options.exitWithParent ?? false);
  const options = serverOptions(context.options);
  await (options.workers > 1 ? supervise : serve)(context, options, reason);
}

async function serve(
  { runtime, output }: CommandContext,
  options: ServerOptions,
  reason: Promise<string>,
): Promise<void> {
  const log = createLogger(output.note, options.logLevel);
  const running = await startServer(runtime, options, log);
  catchUncaught(log, running.registry);
  await running.stop(await reason);
}

async function supervise(
  { runtime, output }: CommandContext,
  options: ServerOptions,
  reason: Promise<string>,
): Promise<void> {
  const log = createLogger(output.note, options.logLevel);
  const supervisor = new Supervisor(runtime, options, log);
  await supervisor.start();
  await supervisor.stop(await reason);
}
