// gibbon version: which gibbon this is, and on what it runs.
import process from "node:process";
import { VERSION } from "../base/version.ts";
import type { Runtime } from "../runtime/contract.ts";
import type { CommandContext } from "./context.ts";
import type { OptionValues } from "./option_table.ts";

/**
 * The version as text. The formats `info` and `list` are those of Kong's JavaScript server and of
 * go-pluginserver.
 */
export function describeVersion(runtime: Runtime, format: OptionValues["format"]): string {
  const { name, version } = runtime;
  if (format === "info") return VERSION;
  if (format === "list") return `Version: ${VERSION}\nRuntime Version: ${name} ${version}`;
  return `gibbon ${VERSION} (${name} ${version}, ${process.platform} ${process.arch})`;
}

/** Prints the version. */
export async function run({ runtime, options, output }: CommandContext): Promise<void> {
  if (options.json) {
    const { name, version } = runtime;
    const { platform, arch } = process;
    const protocols = ["MsgPack:1", "ProtoBuf:1"];
    const about = { version: VERSION, runtime: { name, version }, platform, arch, protocols };
    return await output.data(`${JSON.stringify(about)}\n`);
  }
  await output.data(`${describeVersion(runtime, options.format)}\n`);
}
