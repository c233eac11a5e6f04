// Whether a server can do what it is for: why not, in one sentence a reason.
import type { KongServer } from "../../protocol/server.ts";
import type { PluginSource } from "../plugin_source.ts";

/** Why a process does not serve all that it should; empty if it does. */
export function unserved(server: KongServer, source: PluginSource): string[] {
  const plugins = server.options.registry.list().map(({ plugin }) => plugin);
  // Where a new version of a plugin is broken, the old one is served.
  const isServed = (place: string) =>
    plugins.some(({ file }) => place === file || place.startsWith(`${file}:`));
  const missing = source.problems.flatMap(({ file, message }) =>
    file === undefined || isServed(file) ? [] : [`a plugin is not loaded: ${message} (${file})`]
  );
  return plugins.length === 0 ? ["no plugin is loaded", ...missing] : missing;
}

/** Why a server is not ready whose socket is, or is not, what its path leads to. */
export function unlistened(isAt: boolean, path: string): string[] {
  return isAt ? [] : [`the socket is not at ${path} any more`];
}
