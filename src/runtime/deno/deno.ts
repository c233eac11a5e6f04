// The adapter for Deno.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { readRegularText } from "../../base/regular_file.ts";
import { openDenoLibc } from "./libc.ts";
import { notifyByLibc } from "../shared/datagram.ts";
import { openDebugger } from "../shared/debugger.ts";
import { type Ending, endProcess, processGuard } from "../shared/end_guard.ts";
import { bindBy, socketHolder } from "../shared/held_socket.ts";
import { closeOnExec, writeAll } from "../shared/libc.ts";
import { PluginModules } from "../shared/modules/hooks.ts";
import { findPackageFile } from "../shared/modules/package.ts";
import type { ModuleSource } from "../shared/modules/source.ts";
import { openCells } from "../shared/cells.ts";
import { connect, listen } from "../shared/net.ts";
import { spawn } from "../shared/process.ts";
import { parentGuard } from "../shared/parent_guard.ts";
import { listenOn } from "../shared/shared_listener.ts";
import { onUncaught } from "../shared/uncaught.ts";
import { connectTcp, listenTcp } from "../shared/tcp.ts";
import type { Runtime } from "../contract.ts";

/** Deno, from 2.9 on, with all permissions. */
export function createDenoRuntime(): Runtime {
  const { provideModules, importModule } = new PluginModules({
    findPackageFile,
    readsAhead: true,
    requireJson,
    requireNative,
  });
  return {
    name: "deno",
    version: Deno.version.deno,
    listen,
    connect,
    // A descriptor that Deno hands to a child is made to block, and with it everybody's who has it:
    // a worker that then finds no connection to accept would stand still until there is one.
    holdSocket: socketHolder(bindBy(openDenoLibc, true)),
    keepFromChildren: (descriptor) => closeOnExec(openDenoLibc(), descriptor),
    listenOn,
    listenTcp,
    connectTcp,
    spawn,
    endWithParent: parentGuard(openDenoLibc),
    ownCommand: ownCommand(),
    provideModules,
    importModule,
    // What node:process exports by name ends the process through Deno's own.
    guardProcess: processGuard(process, Deno as Ending),
    onUncaught,
    notifySystemd: notifyByLibc(openDenoLibc),
    openDebugger,
    descriptors: {
      // A child gets its first three before the others: by the number 1 it would get its own stdout.
      copy: (descriptor) => openDenoLibc().dup(descriptor),
      // node:fs knows only the descriptors that it has opened. Those that Deno hands to a child block.
      write: (descriptor, bytes) => writeAll(openDenoLibc(), descriptor, bytes),
    },
    exit: endProcess,
    openCells,
  };
}

/** A program that `deno compile` made is its own command. */
function ownCommand(): [string, ...string[]] {
  if (Deno.build.standalone) return [process.execPath];
  return [process.execPath, "run", "-A", "--no-check", process.argv[1] ?? ""];
}

/** Deno takes a file that went through a load hook for text, whatever it is. */
function requireNative(url: URL): ModuleSource {
  const path = JSON.stringify(fileURLToPath(url));
  return { format: "commonjs", source: `process.dlopen(module, ${path});` };
}

/** Deno takes every text that went through a load hook for JavaScript. */
function requireJson(url: URL): ModuleSource {
  const text = readRegularText(fileURLToPath(url), Infinity);
  return { format: "commonjs", source: `module.exports = JSON.parse(${JSON.stringify(text)});` };
}
