// Kong's part of a soak: `gibbon serve` as it is by default, with --watch, under events of both
// protocols; its worker is killed now and then, and its plugin changes.
import process from "node:process";
import { type Started, startProcess } from "../../tests/support/process.ts";
import { writeFiles } from "../../tests/support/folder.ts";
import { RELAY } from "../../tests/kong/server/workers/kill_load.ts";
import { MsgpackLane, ProtobufLane } from "../../tests/kong/server/workers/lanes.ts";
import { judge, type Kill } from "../../tests/kong/server/workers/verdict.ts";
import { ProtobufClient } from "../../tests/kong/support/protobuf_client.ts";
import { SocketClient } from "../../tests/kong/support/rpc_client.ts";
import { lives } from "../../tests/support/process.ts";
import { until } from "../../tests/support/until.ts";
import { SOON } from "../../src/kong/server/workers/blame.ts";
import { type Outcome, SoakLoad } from "./load.ts";
import { ABANDON_EVERY, REST_MS, type SoakSystem, type SystemOptions } from "./system.ts";

/** The plugin, with what makes its file another one. */
const relay = (change: number) => `// change ${change}\n${RELAY.trimStart()}`;

const LANES = { "MsgPack:1": MsgpackLane, "ProtoBuf:1": ProtobufLane } as const;

/** A server of Kong's plugins. */
export class KongSystem implements SoakSystem {
  readonly name = "kong";
  readonly loads: readonly SoakLoad[];
  readonly upsets = { reload: () => this.#reload(), death: () => this.#kill() };
  readonly #server: Started;
  readonly #socket: string;
  readonly #plugins: string;
  readonly #kills = new Map<number, Kill>();
  /** Events of each worker, in the order of their coming. */
  readonly #seen = new Map<number, number>();
  #instance: number;
  #changes = 0;

  private constructor(
    server: Started,
    socket: string,
    plugins: string,
    instance: number,
    lanes: number,
  ) {
    this.#server = server;
    this.#socket = socket;
    this.#plugins = plugins;
    this.#instance = instance;
    this.loads = (["MsgPack:1", "ProtoBuf:1"] as const).map((protocol) =>
      new SoakLoad({ name: `kong ${protocol}`, lanes, restMs: REST_MS }, () => this.#lane(protocol))
    );
  }

  /** Starts it, with its load. */
  static async start({ command, folder, lanes }: SystemOptions): Promise<KongSystem> {
    const [socket, plugins] = [`${folder}/kong.socket`, `${folder}/plugins`];
    await writeFiles(plugins, { "relay.ts": relay(0) });
    const serve = ["serve", "--plugins-directory", plugins, "--watch", "--socket", socket];
    const server = startProcess([...command, ...serve]);
    await server.saying("serving plugins");
    return new KongSystem(server, socket, plugins, await startInstance(socket), lanes);
  }

  pids(): readonly number[] {
    return [this.#server.pid];
  }

  #lane(protocol: keyof typeof LANES) {
    const make = () => new LANES[protocol](this.#socket, this.#instance);
    let [lane, instance, events] = [make(), this.#instance, 0];
    const once = async (): Promise<Outcome> => {
      if (++events % ABANDON_EVERY === 0) return await this.#abandon(protocol);
      if (instance !== this.#instance) {
        lane.leave();
        [lane, instance] = [make(), this.#instance];
      }
      const failure = await lane.event((pid) => {
        this.#seen.set(pid, (this.#seen.get(pid) ?? 0) + 1);
      });
      if (!failure) return "ok";
      return { error: failure.error, isHarm: judge(failure, this.#kills) !== "unexplained" };
    };
    return { once, leave: () => lane.leave() };
  }

  /** Begins an event, and goes away while its first call waits for an answer. */
  async #abandon(protocol: keyof typeof LANES): Promise<Outcome> {
    const beganAt = performance.now();
    try {
      if (protocol === "MsgPack:1") {
        const client = await SocketClient.connect(this.#socket);
        await client.event(this.#instance);
        client.leave();
      } else {
        const client = await ProtobufClient.connect(this.#socket);
        client.handle(this.#instance);
        await client.call();
        client.leave();
      }
      return "abandoned";
    } catch (error) {
      const isHarm = [...this.#kills.values()].some(({ goneAt }) => beganAt <= goneAt + 1000);
      return { error: String(error), isHarm };
    }
  }

  /** Changes the plugin's file; new events are of a new instance, which has the new code. */
  async #reload(): Promise<void> {
    const loads = () => this.#server.stderr().split("plugins were loaded again").length;
    const before = loads();
    await writeFiles(this.#plugins, { "relay.ts": relay(++this.#changes) });
    await until(() => loads() > before);
    const [old, fresh] = [this.#instance, await startInstance(this.#socket)];
    this.#instance = fresh;
    const client = await SocketClient.connect(this.#socket);
    await client.request("plugin.CloseInstance", old);
    client.leave();
  }

  /** Kills the worker, once it has run so many events that it is nobody's fault. */
  async #kill(): Promise<void> {
    const living = () => [...this.#seen.keys()].filter((pid) => !this.#kills.has(pid));
    const [pid] = living();
    if (pid === undefined || (this.#seen.get(pid) ?? 0) < SOON) return;
    const killedAt = performance.now();
    this.#kills.set(pid, { killedAt, goneAt: Infinity });
    process.kill(pid, "SIGKILL");
    await until(() => !lives(pid));
    this.#kills.set(pid, { killedAt, goneAt: performance.now() });
    await until(() => living().length > 0);
    this.#seen.delete(pid);
  }

  async stop(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.stop()));
    await this.#server.kill();
  }
}

async function startInstance(socket: string): Promise<number> {
  const client = await SocketClient.connect(socket);
  try {
    return await client.start("relay");
  } finally {
    client.leave();
  }
}
