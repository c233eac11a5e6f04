// gibbon prox: runs a plugin, or a folder of them, as a plugin process of prox.
import process from "node:process";
import { stackOf } from "../core/errors.ts";
import { createLogger, type Logger } from "../core/log.ts";
import { loadProxPlugins } from "../protocols/prox/plugin/load.ts";
import { runProxPlugin } from "../protocols/prox/plugin/run.ts";
import type { CommandContext } from "./context.ts";
import { stopReason } from "./lifecycle.ts";

/**
 * Runs until the host closes stdin, or a signal comes.
 *
 * @throws {GibbonError} if a plugin cannot be loaded, or there is no place for the socket
 */
export async function run(context: CommandContext): Promise<void> {
  const { runtime, directory = ".", options, output } = context;
  const log = createLogger(output.note, options.logLevel);
  catchUncaught(log);
  const plugins = await loadProxPlugins(runtime, directory);
  const stop = new AbortController();
  void stopReason(false).then(() => stop.abort());
  const grace = options.grace === undefined ? {} : { graceMs: options.grace * 1000 };
  await runProxPlugin({
    runtime,
    plugins,
    input: process.stdin,
    output: output.data,
    log,
    stop: stop.signal,
    limits: grace,
  });
}

/** Errors that a plugin leaves behind never end the process. */
function catchUncaught(log: Logger): void {
  const report = (kind: string) => (error: unknown) =>
    log.error(`a plugin left an ${kind} behind`, { stack: stackOf(error) });
  process.on("uncaughtException", report("exception"));
  process.on("unhandledRejection", report("unhandled rejection"));
}
