// All that `deno task bench` runs side by side: bare responders, gibbon, and Kong's own servers.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { runtimePath } from "../runtimes.ts";
import { buildGoPluginserver } from "./go_pluginserver.ts";
import { buildGoPrograms } from "./go_programs.ts";
import { installKongJs } from "./kong_js.ts";
import { installKongPython } from "./kong_python.ts";
import type { Order } from "./order.ts";
import {
  BENCH_SCRIPTS,
  type CommandLine,
  EXECUTABLE,
  gibbon,
  kongJsServer,
  PLUGINS,
  type Server,
} from "./servers.ts";

/** A protocol of Kong's. */
export type Protocol = NonNullable<Order["protocol"]>;

/** A server over a protocol. */
export interface Contestant {
  readonly protocol: Protocol;
  readonly server: Server;
  /** What it calls its socket, where that is not for us to say. */
  readonly socketName?: string;
}

/** Who takes part, and who cannot, with the reason. */
export interface Field {
  readonly contestants: readonly Contestant[];
  readonly missing: readonly string[];
}

/** Name of the responder with a codec, which gibbon is held against. */
export const CODEC = "bare, with a codec";

/**
 * Finds, installs and builds them all.
 *
 * @param directory a folder for what is installed
 */
export async function gatherField(directory: string): Promise<Field> {
  const own = [...await responders(), ...executables()];
  const missing = existsSync(EXECUTABLE) ? [] : ["gibbon: run `deno task build` first"];
  const peers: Contestant[] = [];
  for (const [name, find] of Object.entries(PEERS)) {
    console.error(`installing ${name}`);
    const folder = path.join(directory, name);
    await mkdir(folder);
    try {
      peers.push(...await find(folder));
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { contestants: [...own, ...peers], missing };
}

/** The bare responders, on the runtime that the executable has. */
async function responders(): Promise<Contestant[]> {
  const bun = await runtimePath("bun");
  const scripts = { "MsgPack:1": "responder.ts", "ProtoBuf:1": "responder_protobuf.ts" } as const;
  return (["MsgPack:1", "ProtoBuf:1"] as const).flatMap((protocol) => {
    const command = [bun, path.join(BENCH_SCRIPTS, scripts[protocol])] as const;
    return [
      contestant(protocol, "bare", (socket) => [...command, socket]),
      contestant(protocol, CODEC, (socket) => [...command, socket, "--codec"]),
    ];
  });
}

/** gibbon's executable: one process, and a supervisor with workers. */
function executables(): Contestant[] {
  if (!existsSync(EXECUTABLE)) return [];
  const layouts = { "gibbon, 1 process": "0", "gibbon, 1 worker": "1", "gibbon, 2 workers": "2" };
  return (["MsgPack:1", "ProtoBuf:1"] as const).flatMap((protocol) =>
    Object.entries(layouts).map(([name, workers]) => ({
      protocol,
      server: gibbon(name, "bun", [EXECUTABLE], "gibbon", ["--workers", workers]),
    }))
  );
}

/** Kong's own servers, by name. */
const PEERS: Readonly<Record<string, (folder: string) => Promise<Contestant[]>>> = {
  "kong-js-pdk": async (folder) => {
    const server = kongJsServer(await runtimePath("node"), await installKongJs(folder));
    return [{ protocol: "MsgPack:1", server: { ...server, name: "kong-js-pdk" } }];
  },
  "kong-python-pdk": async (folder) => {
    const script = await installKongPython(folder);
    const base = [script, "--no-lua-style", "-d", path.join(PLUGINS, "kong-python")] as const;
    const serve = (...options: string[]) => (socket: string): CommandLine => [
      ...base,
      ...options,
      "--kong-prefix",
      path.dirname(socket),
      "--socket-name",
      path.basename(socket),
    ];
    return [
      contestant("MsgPack:1", "kong-python-pdk", serve()),
      contestant("MsgPack:1", "kong-python-pdk, gevent", serve("--gevent")),
    ];
  },
  "go-pluginserver": async (folder) => {
    const { program, plugins } = await buildGoPluginserver(folder);
    const serve = (socket: string): CommandLine => [
      program,
      "-kong-prefix",
      path.dirname(socket),
      "-plugins-directory",
      plugins,
    ];
    const made = contestant("MsgPack:1", "go-pluginserver", serve);
    return [{ ...made, socketName: "go_pluginserver.sock" }];
  },
  "go-pdk": async (folder) => {
    const { plugin } = await buildGoPrograms(folder);
    const serve = (socket: string): CommandLine => [plugin, "-kong-prefix", path.dirname(socket)];
    return [{ ...contestant("ProtoBuf:1", "go-pdk", serve), socketName: "bench.socket" }];
  },
};

function contestant(protocol: Protocol, name: string, serve: Server["serve"]): Contestant {
  return { protocol, server: { name, serve } };
}
