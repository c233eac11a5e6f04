// The plugin's part in the start and the end of an instance: its code, its time, its errors.
import { GibbonError, isGibbonError, loadedStackOf, messageOf } from "../../base/errors.ts";
import { sourceOf } from "../../base/source_maps.ts";
import { attempt } from "../../base/printable.ts";
import type { Logger } from "../../base/log.ts";
import { inTime } from "../../base/waiting.ts";
import { blameOthers, forbidPatches, patchedBy } from "../../runtime/shared/builtins/damage.ts";
import type { Plugin } from "./plugin.ts";

/** What handlers get beside the gateway. */
export interface Initialised {
  readonly config: unknown;
  readonly state: unknown;
}

/**
 * Has a plugin read a configuration and begin with it. A state that comes too late, or of a plugin that
 * has changed built-ins, is ended at once.
 *
 * @param raw the configuration as the gateway sent it, parsed
 * @param limitMs how long `init` may take
 * @throws {GibbonError} CONFIG_INVALID, DEADLINE, FORBIDDEN; PLUGIN_BROKEN for what the plugin throws
 */
export async function initialise(
  plugin: Plugin,
  raw: unknown,
  limitMs: number,
  log: Logger,
): Promise<Initialised> {
  blameOthers();
  const config = configure(plugin, raw);
  const starting = begin(plugin, config);
  const late = () =>
    new GibbonError("DEADLINE", `init took longer than ${limitMs / 1000} s`, {
      plugin: plugin.name,
      phase: "init",
      file: plugin.file,
    });
  try {
    return { config, state: await inTime(limitMs, starting, late) };
  } catch (error) {
    // It may come yet, with connections and timers that nobody else would end.
    starting.then((state) => endState(plugin, state, log), () => {});
    throw error;
  }
}

/** A schema of a plugin's may have code in it. */
function configure(plugin: Plugin, raw: unknown): unknown {
  try {
    return plugin.configure(raw);
  } catch (error) {
    // What it says may quote a secret.
    const unsaid = isGibbonError(error) ? error : new Error(nameOf(error));
    throw failure(plugin, "the configuration could not be checked", unsaid);
  }
}

function nameOf(thrown: unknown): string {
  return attempt(() => thrown instanceof Error ? thrown.name : undefined) ?? typeof thrown;
}

/** @throws {GibbonError} PLUGIN_BROKEN, FORBIDDEN; at once or later */
async function begin(plugin: Plugin, config: unknown): Promise<unknown> {
  const where = { phase: "init", file: plugin.file };
  try {
    const starting = plugin.start(config);
    forbidPatches(plugin.name, where);
    const state = await starting;
    forbidPatches(plugin.name, where);
    return state;
  } catch (error) {
    throw patchedBy(plugin.name, where) ?? failure(plugin, "init failed", error);
  }
}

/** An error of gibbon's keeps what it says; where it happened is added. */
function failure(plugin: Plugin, what: string, error: unknown): GibbonError {
  const file = placeIn(loadedStackOf(error), plugin) ?? plugin.file;
  const where = { plugin: plugin.name, phase: "init", file };
  if (!isGibbonError(error)) {
    return new GibbonError("PLUGIN_BROKEN", `${what}: ${messageOf(error)}`, {
      ...where,
      cause: error,
    });
  }
  const { code, message, remedy } = error;
  const { phase = where.phase } = error;
  return new GibbonError(code, message, { ...where, phase, remedy, cause: error });
}

/** Where a stack comes by the plugin's module first, as `file:line:column`. */
function placeIn(stack: string, { file, realFile = file }: Plugin): string | undefined {
  for (const path of [realFile, file]) {
    const at = stack.indexOf(`${path}:`);
    const position = at < 0 ? null : /^:(\d+):(\d+)/.exec(stack.slice(at + path.length));
    if (!position) continue;
    const source = sourceOf({ file, line: Number(position[1]), column: Number(position[2]) });
    return `${source.file}:${source.line}:${source.column}`;
  }
  return undefined;
}

/** Ends what `init` gave. The plugin's errors are logged, not thrown. */
export async function endState(
  plugin: Plugin,
  state: unknown,
  log: Logger,
  instance?: number,
): Promise<void> {
  const failed = (error: unknown) => {
    const fields = { plugin: plugin.name, instance, error: messageOf(error) };
    log.warn("closing an instance failed", fields);
  };
  blameOthers();
  try {
    await plugin.stop(state);
  } catch (error) {
    failed(error);
  }
  const patched = patchedBy(plugin.name);
  if (patched) failed(patched);
}
