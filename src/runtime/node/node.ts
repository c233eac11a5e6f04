// The adapter for Node.js.
import module from "node:module";
import process from "node:process";
import { notifyByProgram } from "../shared/datagram.ts";
import { openDebugger } from "../shared/debugger.ts";
import { endProcess, processGuard } from "../shared/end_guard.ts";
import { socketHolder } from "../shared/held_socket.ts";
import { PluginModules } from "../shared/modules/hooks.ts";
import { openCells } from "../shared/cells.ts";
import { connect, listen } from "../shared/net.ts";
import { bindPipe } from "./pipe.ts";
import { spawn } from "../shared/process.ts";
import { parentGuard } from "../shared/parent_guard.ts";
import { listenOn } from "../shared/shared_listener.ts";
import { onUncaught } from "../shared/uncaught.ts";
import { connectTcp, listenTcp } from "../shared/tcp.ts";
import type { Runtime } from "../contract.ts";
import { heapFlags } from "./heap_flags.ts";

/**
 * Node.js, from 22.15 on.
 *
 * @throws {Error} if this Node.js is older
 */
export function createNodeRuntime(): Runtime {
  const { node: version } = process.versions;
  if (typeof module.registerHooks !== "function") {
    throw new Error(
      `Node.js ${version} is too old for gibbon: 22.15 is the first version that can load ` +
        "plugins (module.registerHooks). Use Node.js 24, Deno, Bun, or gibbon's executable.",
    );
  }
  const { provideModules, importModule } = new PluginModules();
  return {
    name: "node",
    version,
    listen,
    connect,
    holdSocket: socketHolder(bindPipe),
    // Programs get the descriptors that they are handed, and no others.
    keepFromChildren: () => {},
    listenOn,
    listenTcp,
    connectTcp,
    spawn,
    endWithParent: parentGuard(),
    ownCommand: [
      process.execPath,
      ...heapFlags(process.env["NODE_OPTIONS"]),
      ...process.execArgv,
      process.argv[1] ?? "",
    ],
    provideModules,
    importModule,
    guardProcess: processGuard(process),
    onUncaught,
    notifySystemd: notifyByProgram(),
    openDebugger,
    exit: endProcess,
    openCells,
  };
}
