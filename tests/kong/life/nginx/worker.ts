// An nginx worker: it runs requests through plugins, with connections and instances of its own.
import { setImmediate } from "node:timers/promises";
import { PluginChain } from "../../../../src/kong/emulator/chain.ts";
import { RemotePlugin } from "../../../../src/kong/emulator/client/remote_plugin.ts";
import { Exchange } from "../../../../src/kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../../../../src/kong/emulator/http/header_list.ts";
import { createKongNode, type KongLogEntry } from "../../../../src/kong/emulator/node.ts";
import type { PluginEntity } from "../../../../src/kong/emulator/plugin_entity.ts";
import type { PluginRunner } from "../../../../src/kong/emulator/runner.ts";
import { MsgpackCalls } from "./msgpack_calls.ts";
import { judge, type Outcome } from "./outcome.ts";
import { SocketPool, type SocketPoolOptions } from "./pool.ts";
import { ProtobufPlugin } from "./protobuf_plugin.ts";

/** A protocol of Kong's. */
export type Protocol = "MsgPack:1" | "ProtoBuf:1";

export const PROTOCOLS: readonly Protocol[] = ["ProtoBuf:1", "MsgPack:1"];

/** A plugin that Kong has in use. */
export interface PluginUse {
  readonly entity: PluginEntity;
  readonly protocol: Protocol;
  /** The socket of its server. */
  readonly socket: string;
  /** Response headers that it sets when it has run; without them a request was not checked. */
  readonly marks?: readonly string[];
}

/** A request. */
export interface GivenRequest {
  /** Names of the plugins on its route; all of them if left out. */
  readonly plugins?: readonly string[];
  readonly headers?: readonly HeaderLine[];
  /** After how many milliseconds nobody waits any more: 20,000. */
  readonly patienceMs?: number;
}

/** What a worker works with. */
export interface WorkerParts {
  readonly plugins: readonly PluginUse[];
  readonly pool?: Partial<SocketPoolOptions>;
  readonly log: (entry: KongLogEntry) => void;
  /** Has all workers forget a plugin's instances. */
  readonly reset: (plugin: string) => void;
}

const PATIENCE_MS = 20_000;

/** A worker. */
export class NginxWorker {
  readonly pool: SocketPool;
  readonly #parts: WorkerParts;
  readonly #protobuf = new Map<string, ProtobufPlugin>();
  readonly #runners = new Map<string, PluginRunner>();
  /** Requests and log events that are not over. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.pool = new SocketPool(parts.pool);
    for (const use of parts.plugins) this.#runners.set(use.entity.name, this.#runnerOf(use));
  }

  /** Events that were begun again because their connection had closed. */
  get repeats(): number {
    return [...this.#protobuf.values()].reduce((sum, { repeats }) => sum + repeats, 0);
  }

  /** Runs a request; settles when the client has its answer. The log phase comes after that. */
  async request(given: GivenRequest = {}): Promise<Outcome> {
    const uses = this.#parts.plugins.filter(({ entity }) =>
      given.plugins?.includes(entity.name) ?? true
    );
    const exchange = this.#exchange(given);
    const chain = new PluginChain({
      plugins: uses.map(({ entity }) => entity),
      runner: {
        handle: (plugin, ...rest) => this.#runners.get(plugin.name)!.handle(plugin, ...rest),
      },
    });
    const began = performance.now();
    const answered = this.#track(serve(chain, exchange));
    const isOver = await within(given.patienceMs ?? PATIENCE_MS, answered);
    const ms = performance.now() - began;
    const headers = new Map(
      exchange.responseHeaders.lines.map(([name, value]) => [name.toLowerCase(), value] as const)
        .reverse(),
    );
    if (!isOver) return { kind: "hung", status: 0, ms, began, headers };
    const marks = uses.flatMap(({ marks = [] }) => marks);
    const verdict = judge(exchange, marks);
    void this.#track(chain.log(exchange));
    return { ...verdict, status: exchange.status, ms, began, headers };
  }

  /** Forgets the instances of a plugin over ProtoBuf:1. */
  forget(plugin: string): void {
    this.#protobuf.get(plugin)?.forget();
  }

  /** Serves what it has to its end, without keeping connections: what nginx does after a reload. */
  async leave(): Promise<void> {
    this.pool.leave();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Ends, whatever is under way. */
  close(): void {
    for (const plugin of this.#protobuf.values()) plugin.end();
    this.pool.close();
  }

  #runnerOf({ entity: { name }, protocol, socket }: PluginUse): PluginRunner {
    const { log, reset } = this.#parts;
    if (protocol === "MsgPack:1") {
      return new RemotePlugin(name, new MsgpackCalls(this.pool, socket), log);
    }
    const plugin = new ProtobufPlugin({ name, path: socket, pool: this.pool, log, reset });
    this.#protobuf.set(name, plugin);
    return plugin;
  }

  #exchange({ headers = [] }: GivenRequest): Exchange {
    const node = createKongNode({ log: this.#parts.log });
    return new Exchange(node, {
      method: "GET",
      target: "/",
      headers: [["Host", "life.test"], ...headers],
    });
  }

  #track<Result>(running: Promise<Result>): Promise<Result> {
    this.#underWay.add(running);
    const done = () => void this.#underWay.delete(running);
    running.then(done, done);
    return running;
  }
}

/** All phases up to the response; the service is always there. */
async function serve(chain: PluginChain, exchange: Exchange): Promise<void> {
  // nginx turns to other requests between two of them.
  await setImmediate();
  if (!await chain.before(exchange)) return;
  exchange.receive({ status: 200, headers: new HeaderList(), body: new Uint8Array(0) });
  await chain.after(exchange);
}

/** @returns whether something settled in time */
async function within(ms: number, something: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
  try {
    return await Promise.race([something.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
