// go-pluginserver with the bench's plugin, built for the time of the bench.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "../command.ts";
import { PLUGINS } from "./servers.ts";

/** The folder whose go.mod names its version. */
const MODULE = fileURLToPath(new URL("../../tests/kong/peers/go_pluginserver", import.meta.url));

/** Its MessagePack library reaches into Go's own memory, which looks otherwise by now. */
const FLAGS = ["build", "-tags=safe"];

/** Paths of the server, and of the folder with its plugin. */
export interface GoPluginserver {
  readonly program: string;
  readonly plugins: string;
}

/**
 * Builds the server and its plugin. Needs Go with a C compiler, and once Go's module proxy.
 *
 * @param directory where nothing else is
 * @throws {Error} with what Go said
 */
export async function buildGoPluginserver(directory: string): Promise<GoPluginserver> {
  const program = path.join(directory, "go-pluginserver");
  const plugins = path.join(directory, "go-plugins");
  await build("-o", program, "github.com/Kong/go-pluginserver");
  const source = path.join(PLUGINS, "go-pluginserver", "bench.go");
  await build("-buildmode=plugin", "-o", path.join(plugins, "bench.so"), source);
  return { program, plugins };
}

async function build(...args: string[]): Promise<void> {
  const { code, stderr } = await capture("go", [...FLAGS, ...args], { cwd: MODULE });
  if (code !== 0) throw new Error(`go build ${args.join(" ")} failed:\n${stderr}`);
}
