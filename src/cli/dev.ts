// gibbon dev: keeps the process that does the work, so that Ctrl-C ends it whatever a plugin does.
import { dirname } from "node:path";
import process from "node:process";
import { messageOf } from "../base/errors.ts";
import { type Edits, keepDev, STATE_VARIABLE } from "../dev/keeper/keeper.ts";
import { StateWriter } from "../dev/keeper/state.ts";
import { watchFile, watchPlugins } from "../modules/watch.ts";
import type { CommandContext } from "./context.ts";
import { devPlace } from "./dev_place.ts";
import { devReporter } from "./dev_reporter.ts";
import { isDebugged } from "./debugger.ts";
import { stopReason } from "./lifecycle.ts";
import { serverOptions } from "./serve_options.ts";

/**
 * Runs the gateway until a signal.
 *
 * @returns the exit code
 * @throws {GibbonError} if it cannot start
 */
export async function run(context: CommandContext): Promise<number> {
  const stateFile = process.env[STATE_VARIABLE];
  if (stateFile !== undefined) return await runKept(context, stateFile);
  const { runtime } = context;
  const { log } = devReporter(context);
  const reason = stopReason(false);
  try {
    return await keepDev({
      runtime,
      args: process.argv.slice(2),
      reason,
      limitMs: isDebugged(context.options)
        ? undefined
        : serverOptions({ ...context.options, socket: "" }).workerTimeoutMs,
      watch: () => watchEdits(context),
      say: (message, remedy) => log.warn(message, { remedy }),
    });
  } catch (error) {
    log.warn(`no process of its own can be started for the plugins: ${messageOf(error)}`, {
      remedy: "A plugin that loops for ever blocks this one, and Ctrl-C with it.",
    });
    const { runDev } = await import("./dev_process.ts");
    await runDev(context, { reason });
    return 0;
  }
}

/** The work, in a process that another one keeps. */
async function runKept(context: CommandContext, stateFile: string): Promise<number> {
  // Plugins are not to see it, nor what they start.
  delete process.env[STATE_VARIABLE];
  // A signal to the whole group is for the other one to act on.
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {});
  context.runtime.endWithParent();
  const reason = new Promise<string>((resolve) => {
    process.stdin.on("end", () => resolve("the end of stdin")).on("error", () => {}).resume();
  });
  const { runDev } = await import("./dev_process.ts");
  await runDev(context, {
    reason,
    folder: dirname(stateFile),
    state: new StateWriter(stateFile),
  });
  return 0;
}

/** Watches the plugins and kong.yml. */
function watchEdits({ directory, options: { kongConfig } }: CommandContext): Edits {
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const watching = [
    watchPlugins(devPlace(directory).directory, resolve),
    ...kongConfig === undefined ? [] : [watchFile(kongConfig, resolve)],
  ];
  const close = () => watching.forEach(async (watcher) => (await watcher).close());
  return { first, close };
}
