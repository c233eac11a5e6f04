// What a worker process does when the supervisor asks it to.
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { ForwardedStep } from "../../protocol/msgpack/forwarded.ts";
import type { Listener, Runtime } from "../../../runtime/contract.ts";
import { unserved } from "../metrics/readiness.ts";
import { finishEvents, usageOf } from "../plugin_server.ts";
import { Channel } from "./channel.ts";
import { PeerGone } from "./failure.ts";
import type { LoadedPlugin, Seed, ToSupervisor, ToWorker, Welcome } from "./messages.ts";
import { beginServing, type Serving, type WorkerOutput } from "./serving.ts";

/** One worker process, as the supervisor tells it what to do. */
export class Worker {
  readonly stopped: Promise<void>;
  readonly #stop: () => void;
  readonly #runtime: Runtime;
  readonly #output: WorkerOutput;
  readonly #channel: Channel<ToWorker, ToSupervisor>;
  /** Instances that are being started, by id. */
  readonly #starting = new Map<number, Promise<void>>();
  /** Requests that came in at other workers, by worker and ticket. */
  readonly #forwarded = new Map<string, ForwardedStep>();
  #serving: Promise<Serving> | undefined;
  #reloading = Promise.resolve();
  #listener: Listener | undefined;
  #workers = 1;

  constructor(
    runtime: Runtime,
    output: WorkerOutput,
    write: (bytes: Uint8Array) => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#stop = resolve;
    this.#runtime = runtime;
    this.#output = output;
    this.#channel = new Channel(write, (question) => this.#answer(question));
  }

  received(bytes: Uint8Array): void {
    this.#channel.received(bytes);
  }

  #answer(question: ToWorker): unknown {
    switch (question.kind) {
      case "welcome":
        // Before plugins are loaded: a program that one starts would keep the socket.
        this.#runtime.keepFromChildren(question.welcome.socket);
        this.#workers = question.welcome.workers;
        this.#serving = beginServing(this.#runtime, this.#output, this.#channel, question.welcome);
        return this.#begin(question.welcome);
      case "accept":
        return this.#accept();
      case "start":
        return this.#start(question.seed);
      case "close":
        return this.#close(question.id, question.nowMs);
      case "load":
        return this.#ready().then(({ source }) => source.load(question.directory));
      case "reload":
        return this.#reloading = this.#reload(this.#reloading);
      case "idle":
        return this.#ready().then(({ server }) => server.instances.idle().map(({ id }) => id));
      case "request":
        return this.#carryOut(question);
      case "left":
        return this.#leave(question.from, question.ticket);
      case "drain":
        return this.#ready().then(({ server, log }) => finishEvents(server, question.graceMs, log));
      case "quarantine":
        return this.#ready().then(({ refusals }) => refusals.set(question.state));
      case "succeed":
        return this.#ready().then((serving) => serving.succeed(question));
      case "retire":
        return this.#ready().then(({ server }) => server.retire());
      case "usage":
        return this.#ready().then(({ server, endpoint }) => usageOf(server, endpoint));
      case "metrics":
        return this.#ready().then((serving) => serving.numbers());
      case "unready":
        return this.#ready().then(({ server, source }) => unserved(server, source));
      case "stop":
        return this.#end();
    }
  }

  #ready(): Promise<Serving> {
    return this.#serving ?? Promise.reject(new PeerGone("the worker was not welcomed"));
  }

  /** Starts the instances that are there; gives the plugins. */
  async #begin({ instances }: Welcome): Promise<LoadedPlugin[]> {
    const { registry, log } = await this.#ready();
    await Promise.all(instances.map(async (seed) => {
      try {
        await this.#start(seed);
      } catch (error) {
        log.error("an instance could not be started; the gateway starts another", {
          plugin: seed.name,
          instance: seed.id,
          error: messageOf(error),
        });
      }
    }));
    return registry.list().map(({ plugin: { name, file } }) => ({ name, file }));
  }

  async #accept(): Promise<void> {
    const { endpoint, socket } = await this.#ready();
    await Promise.allSettled(this.#starting.values());
    this.#listener = await this.#runtime.listenOn(socket, endpoint.accept, this.#workers > 1);
  }

  async #reload(before: Promise<void>): Promise<void> {
    const { source } = await this.#ready();
    await before;
    await source.reload();
  }

  async #start({ id, name, config, startedMs }: Seed): Promise<void> {
    // An instance has the same code in all workers: what they were told before it, and no more.
    const reloading = this.#reloading;
    const start = async () => {
      const { server, running } = await this.#ready();
      await reloading;
      const done = running?.starting(id);
      try {
        await server.adoptInstance(name, config, { id, startedMs });
      } finally {
        done?.();
      }
    };
    const starting = start();
    this.#starting.set(id, starting);
    try {
      await starting;
    } finally {
      this.#starting.delete(id);
    }
  }

  /** Closes an instance, if it is here. */
  async #close(id: number, nowMs: number): Promise<void> {
    const { server } = await this.#ready();
    await this.#starting.get(id)?.catch(() => {});
    try {
      server.instances.close(id, nowMs);
    } catch (error) {
      if (!(error instanceof GibbonError) || error.code !== "NO_INSTANCE") throw error;
    }
  }

  async #carryOut(request: Extract<ToWorker, { kind: "request" }>): Promise<Uint8Array> {
    const { server } = await this.#ready();
    const key = keyOf(request.from, request.ticket);
    const forwarded = new ForwardedStep(server, request.bytes);
    this.#forwarded.set(key, forwarded);
    try {
      return await forwarded.answered;
    } finally {
      this.#forwarded.delete(key);
    }
  }

  async #leave(from: number, ticket: number | null): Promise<void> {
    const { server } = await this.#ready();
    for (const [key, forwarded] of this.#forwarded) {
      if (key === keyOf(from, ticket ?? "") || (ticket === null && key.startsWith(`${from}:`))) {
        forwarded.leave();
      }
    }
    server.dropForsaken("the gateway closed the connection that waited");
  }

  async #end(): Promise<void> {
    const { server, endpoint, closeTraces } = await this.#ready();
    await server.close("the plugin server stops");
    await closeTraces();
    endpoint.close();
    await this.#listener?.close();
    this.#stop();
  }
}

function keyOf(from: number, ticket: number | string): string {
  return `${from}:${ticket}`;
}
