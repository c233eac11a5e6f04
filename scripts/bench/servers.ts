// The servers that the bench compares, and how each is started.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type RuntimeName, runtimePath } from "../runtimes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The bench's plugins, a folder for each kind of server. */
export const PLUGINS = path.join(ROOT, "scripts", "bench", "plugins");

/** The folder of the bench's own programs. */
export const BENCH_SCRIPTS = path.join(ROOT, "scripts", "bench");

/** gibbon's executable, where it has been built. */
export const EXECUTABLE = path.join(ROOT, "dist", "gibbon");

/** gibbon's sources, for a runtime. */
export const MAIN = path.join(ROOT, "src", "cli", "main.ts");

/** A program and its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** A server to compare. */
export interface Server {
  /** What it is called on the command line, in tables and in JSON. */
  readonly name: string;
  /** The runtime whose bare responders it is held against. */
  readonly runtime?: RuntimeName;
  /** The command that serves the bench's plugin on a socket. */
  serve(socket: string): CommandLine;
  /** The command that dumps what it knows of the bench's plugin, if it has one. */
  dump?(): CommandLine;
}

/** Name of the server that everything is compared with. */
export const KONG_JS = "kong-js";

/**
 * All servers that can be started here.
 *
 * @param kongJs path of Kong's JavaScript server
 */
export async function findServers(kongJs: string): Promise<Server[]> {
  const node = await runtimePath("node");
  return [
    kongJsServer(node, kongJs),
    ...(await Promise.all((["node", "bun", "deno"] as const).map(serversOn))).flat(),
    ...executables(),
  ];
}

/**
 * Kong's JavaScript server.
 *
 * @param node path of Node
 * @param script path of the server's script
 */
export function kongJsServer(node: string, script: string): Server {
  const base = [node, script, "-d", path.join(PLUGINS, "kong-js")] as const;
  return {
    name: KONG_JS,
    serve: (socket) => [
      ...base,
      "--kong-prefix",
      path.dirname(socket),
      "--sock-name",
      path.basename(socket),
    ],
    dump: () => [...base, "--dump-all-plugins"],
  };
}

/** The bare responders, without and with a codec, and gibbon, on one runtime. */
async function serversOn(runtime: RuntimeName): Promise<Server[]> {
  const binary = await runtimePath(runtime);
  const flags = runtime === "deno" ? ["run", "-A", "--no-check"] : [];
  const responder = path.join(BENCH_SCRIPTS, "responder.ts");
  return [
    { name: `bare-${runtime}`, serve: (socket) => [binary, ...flags, responder, socket] },
    {
      name: `codec-${runtime}`,
      runtime,
      serve: (socket) => [binary, ...flags, responder, socket, "--codec"],
    },
    gibbon(`gibbon-${runtime}`, runtime, [binary, ...flags, MAIN], "gibbon"),
  ];
}

/** gibbon's executable, with a native plugin and with one in the shape of Kong's JavaScript server. */
function executables(): Server[] {
  if (!existsSync(EXECUTABLE)) return [];
  return [
    gibbon("gibbon", "bun", [EXECUTABLE], "gibbon"),
    gibbon("gibbon-js-plugin", "bun", [EXECUTABLE], "kong-js"),
  ];
}

/**
 * gibbon as a server to compare.
 *
 * @param command what starts it
 * @param plugins a directory of scripts/bench/plugins
 * @param options for `gibbon serve`
 */
export function gibbon(
  name: string,
  runtime: RuntimeName,
  command: CommandLine,
  plugins: string,
  options: readonly string[] = [],
): Server {
  const directory = path.join(PLUGINS, plugins);
  const serve = [...command, "serve", "--plugins-directory", directory, ...options] as const;
  return {
    name,
    runtime,
    serve: (socket) => [...serve, "--socket", socket],
    dump: () => [...command, "dump", "--plugins-directory", directory],
  };
}

/** A server that has been started. */
export interface Running {
  readonly process: ChildProcess;
  readonly socket: string;
}

/**
 * Starts a server and waits until its socket takes connections.
 *
 * @throws {Error} if it ends or is not there within half a minute
 */
export async function start(server: Server, socket: string): Promise<Running> {
  const [command, ...args] = server.serve(socket);
  // What it logs while it starts is kept for the case that it does not.
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk) => said = `${said}${chunk}`.slice(-4000));
  child.stderr.on("data", (chunk) => said = `${said}${chunk}`.slice(-4000));
  let failure: string | undefined;
  child.once("error", (error) => failure = error.message);
  const deadline = performance.now() + 30_000;
  while (!(await answers(socket))) {
    if (child.exitCode !== null) failure = `it ended with code ${child.exitCode}`;
    if (performance.now() > deadline) failure = "no socket after 30 s";
    if (failure !== undefined) {
      child.kill("SIGKILL");
      throw new Error(`${server.name} did not start: ${failure}\n${said}`);
    }
    await sleep(1);
  }
  return { process: child, socket };
}

/** Ends a server, and waits until it is gone. */
export async function stop({ process: child, socket }: Running): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
  await rm(socket, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
