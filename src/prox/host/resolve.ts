// What is started for a plugin: its executable, or what a build makes of its source.
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { GibbonError, messageOf } from "../../base/errors.ts";

/**
 * Builds a plugin.
 *
 * @param source path of what a binding names: a directory, or a file that cannot be started
 * @param signal aborted when nobody waits for it any more
 * @returns path of the executable
 */
export type BuildPlugin = (source: string, signal: AbortSignal) => string | Promise<string>;

/**
 * The executable of a plugin.
 *
 * @param path of an executable, or of what `build` makes one of
 * @param build asked before each start, if there is no executable at the path; whether anything has
 *   to be done is up to it
 * @throws {GibbonError} PLUGIN_BROKEN if there is none; what ends `signal` if that is aborted
 */
export async function resolvePlugin(
  path: string,
  build: BuildPlugin | undefined,
  signal: AbortSignal,
): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  const isProgram = found?.isFile() === true && await canRun(path);
  if (isProgram || (!build && !found?.isDirectory())) return path;
  if (!build) {
    throw new GibbonError("PLUGIN_BROKEN", `Cannot start ${path}: it is a directory`, {
      file: path,
      remedy: "Name its executable, or give the host a build that makes one of it.",
    });
  }
  return await untilAborted(built(path, build, signal), signal);
}

async function built(path: string, build: BuildPlugin, signal: AbortSignal): Promise<string> {
  try {
    return await build(path, signal);
  } catch (error) {
    throw new GibbonError("PLUGIN_BROKEN", `Cannot build ${path}: ${messageOf(error)}`, {
      file: path,
      remedy: "See what the build says.",
      cause: error,
    });
  }
}

function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(() => true, () => false);
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
