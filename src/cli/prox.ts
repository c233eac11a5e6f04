// gibbon prox: runs a plugin, or a folder of them, as a plugin process of prox.
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { GibbonError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { logProblem } from "../base/problems.ts";
import { serverLog } from "../base/repeats.ts";
import { type Watcher, watchPackages, watchPlugins } from "../modules/watch.ts";
import { loadProxPlugins } from "../prox/plugin/load.ts";
import { ProxCounts } from "../prox/plugin/metrics.ts";
import type { ProxPlugin } from "../prox/plugin/plugin.ts";
import { refusingPlugin } from "../prox/plugin/refusing.ts";
import { runProxPlugin } from "../prox/plugin/run.ts";
import { ProcessReport } from "../telemetry/metrics/process_report.ts";
import type { CommandContext } from "./context.ts";
import { graceLimit, patrolForOne, reportUncaught, stopReason } from "./lifecycle.ts";
import { openPage } from "./metrics_page.ts";

/**
 * Runs until the host closes stdin, or a signal comes. Plugins that cannot be loaded are stood in for
 * by one that refuses everything, until their files change: then the process ends, and its host starts
 * it again.
 *
 * @throws {GibbonError} at the end, if a plugin could not be loaded; if there is no place for the socket
 */
export async function run(context: CommandContext): Promise<void> {
  const { runtime, directory = ".", options, output } = context;
  const log = serverLog(output.note, options.logLevel, undefined, { format: options.logFormat });
  reportUncaught(runtime, log);
  patrolForOne(log);
  const stop = new AbortController();
  void stopReason(false).then(() => stop.abort());
  const watchers: Watcher[] = [];
  let plugins: readonly ProxPlugin[];
  let broken: GibbonError | undefined;
  try {
    const loading = loadProxPlugins(runtime, directory);
    // A module that waits must not keep the process from ending when it is told to.
    plugins = await Promise.race([loading, whenAborted(stop.signal).then(() => [])]);
    if (stop.signal.aborted) return;
  } catch (error) {
    if (!(error instanceof GibbonError)) throw error;
    logProblem(log, error);
    broken = error;
    plugins = [refusingPlugin(resolve(directory), error)];
    watchers.push(...await watchForChange(directory, log, stop));
  }
  const counts = options.metrics === undefined ? undefined : new ProxCounts();
  const report = counts && new ProcessReport("prox", () => counts.families());
  if (report) report.reasons = broken ? [`a plugin is not loaded: ${broken.message}`] : [];
  const page = await openPage(context, report, log);
  try {
    await runProxPlugin({
      counts,
      runtime,
      plugins,
      input: process.stdin,
      output: output.data,
      log,
      stop: stop.signal,
      limits: graceLimit(options),
    });
  } finally {
    for (const watcher of watchers) watcher.close();
    await page?.close();
  }
  if (broken) throw broken;
}

/** Stops when a module near the plugin, or a package that it can import, has changed. */
async function watchForChange(
  path: string,
  log: Logger,
  stop: AbortController,
): Promise<Watcher[]> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const folder = isFolder ? resolve(path) : dirname(resolve(path));
  const changed = () => {
    log.info("a file has changed: the process ends, for the host to start it again");
    stop.abort();
  };
  return await Promise.all([watchPlugins(folder, changed), watchPackages(folder, changed)]);
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
