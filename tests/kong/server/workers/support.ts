// A server of several worker processes, and clients that know which of them serves them.
import { join } from "node:path";
import type { Started } from "../../../support/process.ts";
import type { Workspace } from "../../../support/workspace.ts";
import { SocketClient } from "../../support/rpc_client.ts";

/** Tells who runs it; waits, blocks or fails when it is asked to. */
const WHO = `
import process from "node:process";
import { definePlugin } from "gibbon";
import * as v from "valibot";
import { VERSION } from "./lib/version.ts";

export default definePlugin({
  name: "who",
  version: "1.0.0",
  priority: 1,
  config: v.object({ tag: v.optional(v.string(), "none") }),
  init(config) {
    if (config.tag === "refused") throw new Error("this one is not wanted");
  },
  async access(kong, config) {
    const said = await kong.request.getHeader("x-say");
    await kong.response.setHeader("x-who", [process.pid, VERSION, config.tag, said].join(" "));
  },
  rewrite() {
    while (true);
  },
});
`;

/** The files of the plugin `who`, whose events say `version`. */
export const whoFiles = (version = "one") => ({
  "who.ts": WHO,
  "lib/version.ts": versionFile(version),
});

export const versionFile = (version: string) => `export const VERSION: string = "${version}";\n`;

/** A server under test; it and its clients are gone when its workspace is cleared. */
export class WorkerServer {
  readonly gibbon: Started;
  readonly socket: string;
  readonly directory: string;
  readonly #space: Workspace;
  readonly #args: readonly string[];

  private constructor(space: Workspace, args: readonly string[], directory: string) {
    this.#space = space;
    this.#args = args;
    this.socket = args[args.indexOf("--socket") + 1] ?? "";
    this.directory = directory;
    this.gibbon = space.gibbon(args);
  }

  /** Starts one, with two workers unless told otherwise, and waits until it serves. */
  static async start(space: Workspace, ...more: string[]): Promise<WorkerServer> {
    const server = await WorkerServer.launch(space, whoFiles(), ...more);
    await server.gibbon.saying("serving plugins");
    return server;
  }

  /** The same for other plugins, without waiting. */
  static async launch(
    space: Workspace,
    files: Readonly<Record<string, string>>,
    ...more: string[]
  ): Promise<WorkerServer> {
    const plugins = await space.folder(files);
    const socket = join(await space.folder(), "s.sock");
    const directory = more.includes("--plugins-directory") ? [] : ["--plugins-directory", plugins];
    const args = ["serve", "--workers", "2", "--socket", socket, ...directory, ...more];
    return new WorkerServer(space, args, plugins);
  }

  /** Starts another one in the place of this, which is dead. */
  async again(): Promise<WorkerServer> {
    const server = new WorkerServer(this.#space, this.#args, this.directory);
    await server.gibbon.saying("serving plugins");
    return server;
  }

  async connect(): Promise<SocketClient> {
    const client = await SocketClient.connect(this.socket);
    this.#space.later(() => client.leave());
    return client;
  }

  /** Two clients of different workers; the instance is one of `who`. */
  async connectBoth(instance: number): Promise<[Placed, Placed]> {
    const first = await this.#place(instance);
    while (true) {
      const other = await this.#place(instance);
      if (other.pid !== first.pid) return [first, other];
      other.client.leave();
    }
  }

  /** A client of a worker that none of `pids` is. */
  async connectBeside(instance: number, pids: readonly number[]): Promise<Placed> {
    while (true) {
      const placed = await this.#place(instance);
      if (!pids.includes(placed.pid)) return placed;
      placed.client.leave();
    }
  }

  async #place(instance: number): Promise<Placed> {
    const client = await this.connect();
    return { client, pid: (await runWho(client, instance)).pid };
  }
}

/** A client, and the process that serves it. */
export interface Placed {
  readonly client: SocketClient;
  readonly pid: number;
}

/** What an event of `who` says. */
export interface Who {
  readonly pid: number;
  readonly version: string;
  readonly tag: string;
  readonly said: string;
}

/** Runs a whole event of `who`. */
export async function runWho(client: SocketClient, instance: number, say = ""): Promise<Who> {
  const { EventId } = await client.event(instance);
  const who = whoOf(await client.step(EventId, say));
  if (await client.step(EventId) !== "ret") throw new Error("the event is not over");
  return who;
}

/** Reads what `who` says out of its second call. */
export function whoOf(data: unknown): Who {
  const { Args } = data as { Args: [string, string] };
  const [pid, version, tag, ...said] = Args[1].split(" ");
  return { pid: Number(pid), version: version!, tag: tag!, said: said.join(" ") };
}

export { lives } from "../../../support/process.ts";
export { until } from "../../../support/until.ts";
