// gibbon serve: the plugin server, until it is told to stop.
import { GibbonError } from "../base/errors.ts";
import { createLogger, type Logger } from "../base/log.ts";
import { serverLog } from "../base/repeats.ts";
import { Unsupported } from "../runtime/unsupported.ts";
import type { CommandContext } from "./context.ts";
import { allowDebugger, debugged } from "./debugger.ts";
import { stopReason } from "./lifecycle.ts";
import { isNginxChild } from "./parent.ts";
import { PluginRegistry } from "../kong/engine/registry.ts";
import { startServer } from "../kong/server/plugin_server.ts";
import { patrol } from "../kong/server/patrol.ts";
import { logForm, printing } from "../kong/server/printed.ts";
import { catchUncaught } from "../kong/server/uncaught.ts";
import { serverOptions } from "./serve_options.ts";
import type { ServerOptions } from "../kong/server/options.ts";
import { Supervisor } from "../kong/server/workers/supervisor.ts";
import { ServerMetrics } from "../kong/server/metrics/server_metrics.ts";
import { ServerReport } from "../kong/server/metrics/server_report.ts";
import { traceEvents } from "../kong/server/traces/tracing.ts";
import { watchEvents } from "../kong/server/watched_events.ts";
import { openPage } from "./metrics_page.ts";
import { type SystemdNotice, systemdNotice } from "./systemd.ts";

/**
 * Runs the server until a signal or the parent's end.
 *
 * @returns 1 if it ended because a plugin has spoilt its process
 * @throws {GibbonError} if it cannot start
 */
export async function run(context: CommandContext): Promise<number> {
  // From the first moment on: a signal may come as soon as the socket is there.
  const isKongs = context.options.exitWithParent ?? isNginxChild();
  const reason = stopReason(isKongs);
  const options = serverOptions(debugged(context.options));
  const { note } = context.output;
  const form = logForm(options);
  const log = serverLog(note, options.logLevel, options.limits.logLines, form);
  if (options.logFormat) {
    context.output.capture(printing(createLogger(note, options.logLevel, form)));
  }
  const notice = systemdNotice(context.runtime, log, isKongs);
  allowDebugger(context.runtime, context.options, log);
  if (options.workers === 0) return await serve(context, options, log, reason, notice);
  try {
    await supervise(context, options, log, reason, notice);
    return 0;
  } catch (error) {
    // Where sockets cannot be shared, one process has to do; who asked for more hears of it.
    const why = error instanceof GibbonError ? error.cause : undefined;
    if (!(why instanceof Unsupported) || context.options.workers !== undefined) throw error;
    log.warn(`there is no supervisor here: ${why.message}`, {
      remedy:
        "A plugin that kills its process ends the server here. --workers 0 says so on purpose.",
    });
    return await serve(context, options, log, reason, notice);
  }
}

/** How long events may take in a process that cannot be relied on, in milliseconds. */
const SPOILT_GRACE_MS = 1000;

/** Why a server ends by itself whose built-in objects are not what they were. */
const SPOILT = "a plugin has spoilt the process";

async function serve(
  context: CommandContext,
  options: ServerOptions,
  log: Logger,
  reason: Promise<string>,
  notice: SystemdNotice,
): Promise<number> {
  const { runtime } = context;
  const registry = new PluginRegistry();
  catchUncaught(runtime, log, registry);
  const metrics = options.metrics ? new ServerMetrics("server") : undefined;
  const report = metrics && new ServerReport(metrics, runtime.name);
  const page = await openPage(context, report, log, options.socket.file);
  const traced = await traceEvents(options.traces, log);
  const running = await startServer(runtime, options, log, registry, {
    ...watchEvents(metrics?.events, traced),
    replacedBy: () => void page?.close(),
  });
  report?.started(running);
  notice.ready();
  const { promise: spoilt, resolve: isSpoilt } = Promise.withResolvers<string>();
  // Kong starts it again.
  patrol(running.server, log, () => {
    isSpoilt(SPOILT);
    // It may not even be able to stop.
    setTimeout(() => runtime.exit(1), 2 * SPOILT_GRACE_MS);
  });
  const why = await Promise.race([reason, running.leaves, spoilt]);
  const isLost = why === SPOILT;
  report?.stopping();
  notice.stopping();
  await running.stop(why, isLost ? SPOILT_GRACE_MS : options.graceMs);
  await page?.close();
  await traced?.close();
  return isLost ? 1 : 0;
}

async function supervise(
  context: CommandContext,
  options: ServerOptions,
  log: Logger,
  reason: Promise<string>,
  notice: SystemdNotice,
): Promise<void> {
  const supervisor = new Supervisor(context.runtime, options, log);
  if (options.metrics) supervisor.report.begin();
  const page = await openPage(context, supervisor.report, log, options.socket.file);
  supervisor.onReplaced = () => void page?.close();
  // Also while it starts: a plugin may block its worker when it is loaded.
  let isGivenUp = false;
  let isStopping = false;
  const stopped = Promise.race([reason, supervisor.leaves]).then((why) => {
    if (isGivenUp) return;
    isStopping = true;
    notice.stopping();
    return supervisor.stop(why);
  });
  try {
    await supervisor.start();
    if (!isStopping) notice.ready();
  } catch (error) {
    isGivenUp = true;
    await page?.close();
    throw error;
  }
  await stopped;
  await page?.close();
}
