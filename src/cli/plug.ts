// gibbon plug: connects the hub plugins of a directory to a hub.
import { GibbonError, messageOf } from "../base/errors.ts";
import { serverLog } from "../base/repeats.ts";
import { parseAddress } from "../brpc/address.ts";
import { loadHubPlugins } from "../brpc/plugin/load.ts";
import { type HubPluginOptions, runLoadedHubPlugin } from "../brpc/plugin/run.ts";
import type { CommandContext } from "./context.ts";
import { graceLimit, patrolForOne, reportUncaught, stopReason } from "./lifecycle.ts";
import type { OptionValues } from "./option_table.ts";
import { formatProblem } from "../base/problems.ts";
import { readClientTls } from "./tls_options.ts";

/**
 * Runs until all plugins have left the hub, or a signal comes. A plugin that fails does not hold the
 * others up.
 *
 * @returns 1 if a plugin could not be loaded, or did not end as it should
 * @throws {GibbonError} if there is nothing to run
 */
export async function run(context: CommandContext): Promise<number> {
  const { runtime, directory = ".", options, output } = context;
  const log = serverLog(output.note, options.logLevel, undefined, { format: options.logFormat });
  const stop = new AbortController();
  void stopReason(false).then(() => stop.abort());
  reportUncaught(runtime, log);
  patrolForOne(log);
  const connection = await readConnection(options);
  const { plugins, problems } = await loadHubPlugins(runtime, directory);
  for (const problem of problems) output.note(`gibbon: ${formatProblem(problem)}`);
  const ended = await Promise.all(plugins.map(async (plugin) => {
    try {
      await runLoadedHubPlugin(plugin, { ...connection, runtime, log, stop: stop.signal });
      return true;
    } catch (error) {
      const problem = error instanceof GibbonError ? formatProblem(error) : messageOf(error);
      output.note(`gibbon: ${problem}`);
      return false;
    }
  }));
  return problems.length === 0 && ended.every(Boolean) ? 0 : 1;
}

/** What all plugins have in common. */
async function readConnection(
  options: OptionValues,
): Promise<Pick<HubPluginOptions, "hub" | "reconnect" | "limits" | "secure">> {
  const { hub, reconnect = false } = options;
  if (hub === undefined) {
    throw new GibbonError("OPTION_INVALID", "Which hub? --hub is missing", {
      remedy: "Give its address, as in gibbon plug --hub 127.0.0.1:7070 plugins.",
    });
  }
  // Here, so that a bad address is told before anything is loaded.
  parseAddress(hub);
  const secure = await readClientTls(options);
  return {
    hub,
    reconnect,
    limits: graceLimit(options),
    ...(secure && { secure }),
  };
}
