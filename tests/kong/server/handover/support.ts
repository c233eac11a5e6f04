// Servers that follow one another on one socket, who starts them, and a gateway that uses them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gibbonCommand, type Started } from "../../../support/gibbon.ts";
import { seededRandom } from "../../../support/pieces.ts";
import { until } from "../../../support/until.ts";
import type { Workspace } from "../../../support/workspace.ts";
import { text } from "../../support/protobuf_server.ts";
import { ProtobufClient } from "../../support/protobuf_client.ts";
import { SocketClient, stopsRequest } from "../../support/rpc_client.ts";

/** Says which process runs it, in its last call of three; each is asked by itself. */
export const STEPS = `
import process from "node:process";
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "steps",
  version: "1.0.0",
  priority: 1,
  cache: false,
  async access(kong) {
    await kong.request.getHeader("x-one");
    await kong.request.getHeader("x-two");
    await kong.response.setHeader("x-pid", String(process.pid));
  },
});
`;

/** The ways to run a server. */
export const LAYOUTS = ["0", "1", "2"] as const;

/** A place for servers that follow one another. */
export class Place {
  readonly socket: string;
  readonly folder: string;
  readonly #space: Workspace;
  readonly #plugins: string;

  private constructor(space: Workspace, folder: string, plugins: string) {
    this.#space = space;
    this.#plugins = plugins;
    this.folder = folder;
    this.socket = join(folder, "s.sock");
  }

  static async make(space: Workspace): Promise<Place> {
    return new Place(space, await space.folder(), await space.folder({ "steps.ts": STEPS }));
  }

  /** The words of a server's command line. */
  args(workers: string, ...more: string[]): string[] {
    const place = ["--socket", this.socket, "--plugins-directory", this.#plugins];
    return ["serve", "--workers", workers, ...place, ...more];
  }

  /** Starts a server under this process. */
  launch(workers: string, ...more: string[]): Started {
    return this.#space.gibbon(this.args(workers, ...more));
  }

  /** The same, once it serves. */
  async serve(workers: string, ...more: string[]): Promise<Started> {
    const server = this.launch(workers, ...more);
    await server.saying("serving plugins");
    return server;
  }

  /** A program of its own that starts servers. */
  manager(workers: string, ...more: string[]): Manager {
    return new Manager(this.#space, this.args(workers, ...more));
  }

  async connect(): Promise<SocketClient> {
    const client = await SocketClient.connect(this.socket);
    this.#space.later(() => client.leave());
    return client;
  }
}

/** Whether a process has ended; whoever adopted it may not have asked how. */
export function isOver(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

/** How long the system has been up, in seconds, to the hundredth, which is what ages are told in. */
function uptime(): number {
  return Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
}

/** A program that starts servers whenever it is told to: a shell. */
export class Manager {
  readonly shell: Started;
  #servers = 0;

  constructor(space: Workspace, args: readonly string[]) {
    const script = `echo ready; while read -r pid; do
      if [ "$pid" = start ]; then "$@" & echo "pid $!"; else wait "$pid"; echo "code $?"; fi
    done`;
    const command = ["/bin/sh", "-c", script, "sh", ...gibbonCommand(), ...args];
    this.shell = space.start(command, { input: "open" });
  }

  /** Settles when what is started from now on is younger, by the kernel's clock. */
  async aged(): Promise<void> {
    await this.shell.printing("ready");
    const since = uptime();
    await until(() => uptime() > since);
  }

  /** Starts a server; gives its process. */
  async start(): Promise<number> {
    this.shell.write("start\n");
    const pids = new RegExp(`(?:pid \\d+\\n[^]*){${++this.#servers}}`);
    await this.shell.printing(pids);
    return Number([...this.shell.stdout().matchAll(/pid (\d+)\n/g)].at(-1)![1]);
  }

  /** Waits for a server's end; gives its exit code. Only for one server of a manager. */
  async code(pid: number): Promise<number> {
    this.shell.write(`${pid}\n`);
    await this.shell.printing(/code \d+\n/);
    return Number(/code (\d+)\n/.exec(this.shell.stdout())![1]);
  }
}

/** How often a request may have to be repeated because the instance is another server's. */
const REPEATS = 100;

/** A gateway under load whose pool of connections is shared by all its requests. */
export class Gateway {
  readonly failures: string[] = [];
  /** Processes that ran events. */
  readonly ran = new Set<number>();
  events = 0;
  readonly #socket: string;
  readonly #random = seededRandom(11);
  readonly #idle: SocketClient[] = [];
  readonly #lanes: Promise<void>[] = [];
  #instance: number | undefined;
  #stopping = false;

  constructor(socket: string) {
    this.#socket = socket;
    for (let lane = 0; lane < 4; lane++) {
      this.#lanes.push(this.#repeat(() => this.#msgpackEvent()));
      const state: { client?: ProtobufClient | undefined; instance?: number | undefined } = {};
      this.#lanes.push(
        this.#repeat(() => this.#protobufEvent(state)).finally(() => {
          state.client?.leave();
        }),
      );
    }
  }

  /** Settles when more events have ended. */
  async more(count: number): Promise<void> {
    const enough = this.events + count;
    await until(() => this.events >= enough || this.failures.length > 0);
  }

  /** Ends; every event must have ended well. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#lanes);
    this.dropIdle();
    assert.deepEqual(this.failures, []);
  }

  /** Closes the connections of MsgPack:1 that nothing is under way on. */
  dropIdle(): void {
    for (const client of this.#idle.splice(0)) client.leave();
  }

  async #repeat(event: () => Promise<void>): Promise<void> {
    while (!this.#stopping) {
      try {
        await event();
        this.events++;
      } catch (error) {
        this.failures.push(error instanceof Error ? error.stack ?? error.message : String(error));
        return;
      }
    }
  }

  /** Any idle connection, or now and then a new one. */
  async #request(method: string, argument: unknown): Promise<{ error: unknown; result: unknown }> {
    const at = Math.floor(this.#random() * this.#idle.length);
    const fresh = this.#idle.length === 0 || this.#random() < 0.05;
    const client = fresh ? await SocketClient.connect(this.#socket) : this.#idle.splice(at, 1)[0]!;
    const answer = await client.request(method, argument);
    if (client.isClean && this.#idle.length < 12) this.#idle.push(client);
    else client.leave();
    return answer;
  }

  async #result(method: string, argument: unknown): Promise<Record<string, unknown>> {
    const { error, result } = await this.#request(method, argument);
    if (error !== null) throw new Error(`${method}: ${error}`);
    return result as Record<string, unknown>;
  }

  async #msgpackEvent(): Promise<void> {
    let { EventId, Data } = await this.#begin();
    while (Data !== "ret") {
      if (stopsRequest(Data)) throw new Error("the request was stopped");
      const { Method, Args } = Data as { Method: string; Args: string[] };
      if (Method === "kong.response.set_header") this.ran.add(Number(Args[1]));
      ({ EventId, Data } = await this.#result("plugin.Step", { EventId, Data: "text" }) as {
        EventId: number;
        Data: unknown;
      });
    }
  }

  async #begin(): Promise<{ EventId: number; Data: unknown }> {
    for (let i = 0; i < REPEATS; i++) {
      this.#instance ??= (await this.#result("plugin.StartInstance", {
        Name: "steps",
        Config: "{}",
      })).Id as number;
      const instance = this.#instance;
      const handle = { InstanceId: instance, EventName: "access" };
      const { error, result } = await this.#request("plugin.HandleEvent", handle);
      if (error === null) return result as { EventId: number; Data: unknown };
      if (!/no plugin instance/i.test(String(error))) throw new Error(String(error));
      if (this.#instance === instance) this.#instance = undefined;
    }
    throw new Error("no server knows its own instances");
  }

  /** A lane of ProtoBuf:1 has one connection; where it is closed, the event is repeated. */
  async #protobufEvent(
    state: { client?: ProtobufClient | undefined; instance?: number | undefined },
  ): Promise<void> {
    for (let i = 0; i < REPEATS; i++) {
      if (!state.client?.isClean || this.#random() < 0.05) {
        state.client?.leave();
        state.client = await ProtobufClient.connect(this.#socket);
      }
      const { client } = state;
      state.instance ??= await client.start("steps");
      if (!client.isClean) continue;
      const sequence = client.handle(state.instance);
      if (await this.#play(client, sequence)) return;
      state.instance = undefined;
    }
    throw new Error("no server knows its own instances");
  }

  /** Gives false if the server closed the connection before the first call: no such instance. */
  async #play(client: ProtobufClient, sequence: number): Promise<boolean> {
    for (let calls = 0;; calls++) {
      let turn;
      try {
        turn = await client.turn();
      } catch (error) {
        if (calls === 0) return false;
        throw error;
      }
      if (turn === sequence) return true;
      if (typeof turn === "number") throw new Error(`${turn} was answered instead of ${sequence}`);
      if (turn.method === "kong.response.exit") throw new Error("the request was stopped");
      client.answer(turn.method === "kong.request.get_header" ? text("text") : undefined);
    }
  }
}
