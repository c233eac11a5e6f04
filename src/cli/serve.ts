// gibbon serve: the plugin server, until it is told to stop.
import { createLogger } from "../core/log.ts";
import type { CommandContext } from "./context.ts";
import { catchUncaught, stopReason } from "./lifecycle.ts";
import { startServer } from "./plugin_server.ts";
import { Supervisor, workersOf } from "./workers/supervisor.ts";

/**
 * Runs the server until a signal or the parent's end.
 *
 * @throws {GibbonError} if it cannot start
 */
export async function run(context: CommandContext): Promise<void> {
  // From the first moment on: a signal may come as soon as the socket is there.
  const reason = stopReason(context.options.exitWithParent ?? false);
  const size = workersOf(context.options);
  await (size > 1 ? supervise(context, size, reason) : serve(context, reason));
}

async function serve(
  { runtime, options, output }: CommandContext,
  reason: Promise<string>,
): Promise<void> {
  const log = createLogger(output.note, options.logLevel);
  const running = await startServer(runtime, options, log);
  catchUncaught(log, running.registry);
  await running.stop(await reason);
}

async function supervise(
  { runtime, options, output }: CommandContext,
  size: number,
  reason: Promise<string>,
): Promise<void> {
  const log = createLogger(output.note, options.logLevel);
  const supervisor = new Supervisor(runtime, options, log, size);
  await supervisor.start();
  await supervisor.stop(await reason);
}
