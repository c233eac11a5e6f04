// Kong's part in a plugin server's life: reads its settings, runs its commands, keeps it going.
import { setTimeout as sleep } from "node:timers/promises";
import { parseConf } from "../../../src/kong/doctor/kong_settings.ts";
import { type PluginServer, readPluginServers } from "../../../src/kong/doctor/plugin_servers.ts";
import { decode } from "../../../src/wire/msgpack/codec.ts";
import { runProcess, type Started, startProcess } from "../../support/process.ts";
import { ProtobufClient } from "./protobuf_client.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { SocketClient } from "./rpc_client.ts";

/** A plugin as Kong learns of it. */
export interface KnownPlugin {
  readonly Name: string;
  readonly Version: string;
  readonly Priority: number;
  readonly Phases: readonly string[];
  readonly Schema: { readonly name: string; readonly fields: readonly unknown[] };
}

/** A plugin with where it is served. */
export interface Served {
  readonly info: KnownPlugin;
  readonly socket: string;
  readonly protocol: string;
}

/** Kong waits a second before it starts a server again; here there is no need to. */
const RESTART_MS = 50;

/** Kong, as far as plugin servers are concerned. */
export class KongHost {
  readonly #servers: readonly PluginServer[];
  readonly #settings: ReadonlyMap<string, string>;
  readonly #version: number;
  readonly #running = new Set<Started>();
  readonly #ran: Started[] = [];
  #stopping = false;

  /**
   * @param conf lines of a kong.conf
   * @param version Kong's, such as `3.9`
   */
  constructor(conf: string, version: string) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    this.#version = major * 100 + minor;
    this.#settings = new Map(parseConf(conf));
    this.#servers = readPluginServers(this.#settings);
  }

  /** Asks the servers' query commands for the plugins that `plugins` names. */
  async query(): Promise<Served[]> {
    const served: Served[] = [];
    for (const server of this.#servers) {
      for (const each of await this.#ask(server)) {
        served.push({ ...each, socket: server.socket });
      }
    }
    return served;
  }

  async #ask(server: PluginServer): Promise<Omit<Served, "socket">[]> {
    const { infoCommand, queryCommand } = server;
    if (infoCommand) {
      const names = this.#settings.get("plugins")!.split(",").filter((name) => name !== "bundled");
      return await Promise.all(names.map(async (name) => {
        const info = decode(await shell(infoCommand(name))) as KnownPlugin;
        return { info, protocol: "MsgPack:1" };
      }));
    }
    const text = new TextDecoder().decode(await shell(queryCommand!));
    const dump = JSON.parse(text) as { Protocol: string; Plugins: KnownPlugin[] };
    const plugins = this.#version >= 309 ? dump.Plugins.slice(0, 1) : dump.Plugins;
    return plugins.map((info) => ({ info, protocol: dump.Protocol }));
  }

  /** Starts what has a start command, and starts it again whenever it ends. */
  start(): void {
    for (const { startCommand } of this.#servers) {
      if (startCommand !== undefined) this.#spawn(startCommand);
    }
  }

  #spawn(command: string): void {
    const started = startProcess(["/bin/sh", "-c", `exec ${command}`]);
    this.#running.add(started);
    this.#ran.push(started);
    void started.ended.then(() => {
      this.#running.delete(started);
      if (!this.#stopping) setTimeout(() => this.#stopping || this.#spawn(command), RESTART_MS);
    });
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#ran.length;
  }

  /** What the servers print; Kong logs it. */
  get log(): string {
    return this.#ran.map((started) => started.stdout() + started.stderr()).join("");
  }

  /** Ends all processes from outside; settles when they are gone. They come back. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops; settles when all processes are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#end("SIGTERM");
  }

  /** Worker processes go after their supervisor, and take connections until they do. */
  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const running = [...this.#running];
    for (const started of running) started.signal(signal);
    await Promise.all(running.map((started) => started.allGone()));
  }
}

async function shell(command: string): Promise<Uint8Array> {
  const { code, bytes, stderr } = await runProcess(["/bin/sh", "-c", command]);
  if (code !== 0) throw new Error(`${command} ended with code ${code}:\n${stderr}`);
  return bytes;
}

/** Connects as soon as somebody listens. */
export async function connected<T>(connect: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await connect();
    } catch {
      await sleep(10);
    }
  }
}

/**
 * Runs an access event with one configuration, where every PDK call gets a text.
 *
 * @returns each call: its method, and its arguments as text, whatever the protocol
 */
export async function runEvent(
  { info, socket, protocol }: Served,
  config: unknown,
  result: string,
): Promise<[method: string, args: string][]> {
  const calls: [string, string][] = [];
  if (protocol === "MsgPack:1") {
    const client = await connected(() => SocketClient.connect(socket));
    let { EventId, Data } = await client.event(await client.start(info.Name, config));
    while (Data !== "ret") {
      const { Method, Args } = Data as { Method: string; Args: unknown[] };
      calls.push([Method, JSON.stringify(Args)]);
      Data = await client.step(EventId, result);
    }
    client.leave();
    return calls;
  }
  const client = await connected(() => ProtobufClient.connect(socket));
  client.handle(await client.start(info.Name, config));
  const answer = messages.String.encode({ v: result }).finish();
  for (let turn = await client.turn(); typeof turn !== "number"; turn = await client.turn()) {
    calls.push([turn.method, new TextDecoder().decode(turn.args)]);
    client.answer(turn.method.startsWith("kong.response.set") ? new Uint8Array(0) : answer);
  }
  client.leave();
  return calls;
}
