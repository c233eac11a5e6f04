// A server of several worker processes, and clients that know which of them serves them.
import { join } from "node:path";
import process from "node:process";
import { makeFolder, type Started, startGibbon } from "../../../support/gibbon.ts";
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

/** A server under test. */
export class WorkerServer {
  readonly gibbon: Started;
  readonly socket: string;
  readonly directory: string;
  readonly #clients: SocketClient[] = [];
  readonly #args: readonly string[];
  readonly #folders: readonly { remove(): Promise<void> }[];

  private constructor(
    gibbon: Started,
    args: readonly string[],
    folders: readonly { remove(): Promise<void> }[],
    socket: string,
    directory: string,
  ) {
    this.gibbon = gibbon;
    this.socket = socket;
    this.directory = directory;
    this.#args = args;
    this.#folders = folders;
  }

  /** Starts one, with two workers unless told otherwise, and waits until it serves. */
  static async start(...more: string[]): Promise<WorkerServer> {
    const server = await WorkerServer.launch(whoFiles(), ...more);
    await server.gibbon.saying("serving plugins");
    return server;
  }

  /** The same for other plugins, without waiting. */
  static async launch(
    files: Readonly<Record<string, string>>,
    ...more: string[]
  ): Promise<WorkerServer> {
    const plugins = await makeFolder(files);
    const place = await makeFolder();
    const socket = join(place.path, "s.sock");
    const directory = more.includes("--plugins-directory")
      ? []
      : ["--plugins-directory", plugins.path];
    const args = ["serve", "--workers", "2", "--socket", socket, ...directory, ...more];
    return new WorkerServer(startGibbon(args), args, [plugins, place], socket, plugins.path);
  }

  /** Starts another one in the place of this, which is dead; it has to be removed before this one. */
  async again(): Promise<WorkerServer> {
    const gibbon = startGibbon(this.#args);
    const server = new WorkerServer(gibbon, this.#args, [], this.socket, this.directory);
    await gibbon.saying("serving plugins");
    return server;
  }

  async connect(): Promise<SocketClient> {
    const client = await SocketClient.connect(this.socket);
    this.#clients.push(client);
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

  /** Ends it, whatever it is doing. */
  async remove(): Promise<void> {
    for (const client of this.#clients) client.leave();
    this.gibbon.child.kill("SIGKILL");
    await this.gibbon.ended;
    for (const folder of this.#folders) await folder.remove();
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

/** Whether there is a process of that number. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export { until } from "../../../support/until.ts";
