// gibbon prox: runs a plugin, or a folder of them, as a plugin process of prox.
import process from "node:process";
import { serverLog } from "../base/repeats.ts";
import { loadProxPlugins } from "../prox/plugin/load.ts";
import { runProxPlugin } from "../prox/plugin/run.ts";
import type { CommandContext } from "./context.ts";
import { graceLimit, patrolForOne, reportUncaught, stopReason } from "./lifecycle.ts";

/**
 * Runs until the host closes stdin, or a signal comes.
 *
 * @throws {GibbonError} if a plugin cannot be loaded, or there is no place for the socket
 */
export async function run(context: CommandContext): Promise<void> {
  const { runtime, directory = ".", options, output } = context;
  const log = serverLog(output.note, options.logLevel);
  reportUncaught(runtime, log);
  patrolForOne(log);
  const plugins = await loadProxPlugins(runtime, directory);
  const stop = new AbortController();
  void stopReason(false).then(() => stop.abort());
  await runProxPlugin({
    runtime,
    plugins,
    input: process.stdin,
    output: output.data,
    log,
    stop: stop.signal,
    limits: graceLimit(options),
  });
}
