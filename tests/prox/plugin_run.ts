// A prox plugin in this process, with a test as its host.
import { Buffer } from "node:buffer";
import type { HookData, HookResult } from "../../src/prox/encode.ts";
import { Caller } from "../../src/prox/host/caller.ts";
import { Deadline } from "../../src/prox/host/deadline.ts";
import { PROX_HOST_LIMITS } from "../../src/prox/host/limits.ts";
import type { RequestInfo } from "../../src/prox/messages.ts";
import { defineProxPlugin, type ProxPluginDefinition } from "../../src/prox/plugin/define.ts";
import type { ProxPluginLimits } from "../../src/prox/plugin/limits.ts";
import { readProxPlugin } from "../../src/prox/plugin/plugin.ts";
import { runProxPlugin } from "../../src/prox/plugin/run.ts";
import { createLogger } from "../../src/base/log.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { until } from "../support/until.ts";

export { until };

const runtime = await detectRuntime();

/** A line of a plugin. */
export interface PluginLine {
  readonly method?: string;
  readonly result?: string;
  readonly error?: string;
  // deno-lint-ignore no-explicit-any -- tests look into it as they like
  readonly params?: any;
}

/** A request that has what it must have. */
export function request(changes: Partial<RequestInfo> = {}): RequestInfo {
  return {
    routeId: "r:0",
    method: "GET",
    path: "/",
    domain: "example.com",
    remoteAddr: "192.0.2.7:5",
    headers: {},
    ...changes,
  };
}

/** Bytes that come when they are pushed. */
class Input implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #isOver = false;
  #wake = () => {};

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator]() {
    while (!this.#isOver || this.#chunks.length > 0) {
      const chunk = this.#chunks.shift();
      if (chunk) yield chunk;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** A plugin process without the process. */
export class PluginRun {
  readonly input = new Input();
  /** What it wrote to stderr. */
  readonly notes: string[] = [];
  readonly stop = new AbortController();
  readonly ended: Promise<void>;
  hasEnded = false;
  #written = "";
  #caller: Caller | undefined;

  constructor(
    definitions: readonly ProxPluginDefinition[],
    limits: Partial<ProxPluginLimits> = {},
  ) {
    const plugins = definitions.map((definition, index) =>
      readProxPlugin({ default: defineProxPlugin(definition) }, `/plugins/plugin-${index}.ts`)
    );
    this.ended = runProxPlugin({
      runtime,
      plugins,
      input: this.input,
      output: (bytes) => {
        this.#written += Buffer.from(bytes).toString();
        return Promise.resolve();
      },
      log: createLogger((line) => this.notes.push(line), "debug"),
      stop: this.stop.signal,
      limits,
    }).finally(() => this.hasEnded = true);
    this.ended.catch(() => {});
  }

  /** What it told the host so far. */
  get lines(): PluginLine[] {
    return this.#written.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** Its pushes of one kind. */
  pushes(method: string): PluginLine["params"][] {
    return this.lines.filter((line) => line.method === method).map(({ params }) => params);
  }

  /** Path of its socket; it must be ready. */
  get socket(): string {
    return this.pushes("ready")[0].socket;
  }

  /** Says a line to it. */
  say(text: string): void {
    this.input.push(Buffer.from(`${text}\n`));
  }

  /** Binds it to routes, and waits for the acknowledgements. */
  async configure(...routeIds: string[]): Promise<void> {
    const before = this.#answers();
    for (const routeId of routeIds) {
      this.say(JSON.stringify({ method: "configure", params: { route_id: routeId } }));
    }
    await until(() => this.#answers() === before + routeIds.length);
  }

  /** Calls a hook over the socket. */
  async call<H extends keyof HookResult>(hook: H, data: HookData[H]): Promise<HookResult[H]> {
    const deadline = new Deadline(60_000);
    try {
      return await this.caller.call(hook, data, deadline);
    } finally {
      deadline.clear();
    }
  }

  get caller(): Caller {
    this.#caller ??= new Caller({
      runtime,
      socket: this.socket,
      plugin: "plugin",
      limits: PROX_HOST_LIMITS,
    });
    return this.#caller;
  }

  /** Closes stdin, and waits for the end. */
  async end(): Promise<void> {
    this.#caller?.close();
    this.input.end();
    await this.ended;
  }

  #answers(): number {
    return this.lines.filter((line) => line.method === undefined).length;
  }
}

/** Runs `use` with a plugin, and ends the plugin whatever happens. */
export async function withPlugin(
  definition: ProxPluginDefinition | readonly ProxPluginDefinition[],
  use: (run: PluginRun) => Promise<void>,
  limits: Partial<ProxPluginLimits> = {},
): Promise<void> {
  const definitions = Array.isArray(definition) ? definition : [definition];
  const run = new PluginRun(definitions as readonly ProxPluginDefinition[], limits);
  try {
    await use(run);
  } finally {
    await run.end();
  }
}
