// Plugins as processes: gibbon on each runtime, in the version that it is tested on.
import { fileURLToPath } from "node:url";
import { RUNTIME_NAMES, type RuntimeName, runtimePath } from "../../scripts/runtimes.ts";

const PLUGIN = fileURLToPath(new URL("run_plugin.ts", import.meta.url));

const FLAGS: Partial<Record<RuntimeName, readonly string[]>> = {
  deno: ["run", "-A", "--no-check"],
};

/** How the sample plugin is started on each runtime. */
export async function gibbonPlugins(): Promise<readonly (readonly [RuntimeName, string[]])[]> {
  return await Promise.all(RUNTIME_NAMES.map(async (name) => {
    const command = [await runtimePath(name), ...FLAGS[name] ?? [], PLUGIN];
    return [name, command] as const;
  }));
}
