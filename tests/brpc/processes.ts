// Hubs and plugins as processes: gibbon on each runtime that is there, and the Go peer.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const PLUGIN = fileURLToPath(new URL("run_plugin.ts", import.meta.url));

/** How the sample plugin is started on each runtime, or undefined where that is not on the path. */
export const GIBBON_PLUGINS: Readonly<Record<string, readonly string[] | undefined>> = {
  node: found("node", [PLUGIN]),
  deno: found("deno", ["run", "-A", "--no-check", PLUGIN]),
  bun: found("bun", [PLUGIN]),
};

function found(program: string, args: readonly string[]): readonly string[] | undefined {
  if (spawnSync(program, ["--version"]).status !== 0) return undefined;
  return [program, ...args];
}
