// A hub in this process, plugins beside it, and raw connections that say whatever a test wants.
import { createLogger } from "../../src/base/log.ts";
import type { HubLimits } from "../../src/brpc/hub/limits.ts";
import { Hub, type HubOptions } from "../../src/brpc/hub/hub.ts";
import { defineHubPlugin, type HubPluginDefinition, method } from "../../src/brpc/plugin/define.ts";
import { type HubPluginOptions, runHubPlugin } from "../../src/brpc/plugin/run.ts";
import { connectTo, parseAddress } from "../../src/brpc/address.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { Peer } from "../runtime/peer.ts";

export const runtime = await detectRuntime();

export { PATIENCE_MS, until } from "../support/until.ts";

/** A hub with what it logged, and with what is to be ended after the test. */
export class HubRun {
  readonly socket: Hub;
  readonly entries: string[] = [];
  readonly #ending: (() => unknown)[] = [];
  address = "";

  constructor(options: HubOptions = {}, limits: Partial<HubLimits> = {}) {
    const log = createLogger((line) => this.entries.push(line), "debug");
    this.socket = new Hub({ runtime, log, ...options, limits });
  }

  /** Whether a text was logged. */
  logged(text: string): boolean {
    return this.entries.some((entry) => entry.includes(text));
  }

  /** Has something done after the test; the last goes first. */
  later(end: () => unknown): void {
    this.#ending.unshift(end);
  }

  /** Runs a plugin until the test is over. Its end: undefined, or what it failed with. */
  plug(
    definition: Partial<HubPluginDefinition>,
    options: Partial<HubPluginOptions> = {},
  ): {
    readonly stop: AbortController;
    readonly ended: Promise<unknown>;
    readonly entries: string[];
  } {
    const stop = new AbortController();
    const entries: string[] = [];
    const plugin = defineHubPlugin({ name: "sample", version: "v1", methods: ECHO, ...definition });
    const ended = runHubPlugin(plugin, {
      hub: this.address,
      runtime,
      stop: stop.signal,
      log: createLogger((line) => entries.push(line), "debug"),
      ...options,
    }).then(() => undefined, (error: unknown) => error);
    this.later(async () => {
      stop.abort();
      await ended;
    });
    return { stop, ended, entries };
  }

  /** Connects and says nothing. */
  async connect(): Promise<Peer> {
    const peer = new Peer();
    peer.connection = await connectTo(runtime, parseAddress(this.address), peer);
    this.later(() => peer.connection?.destroy());
    return peer;
  }

  async end(): Promise<void> {
    for (const end of this.#ending) await end();
    await this.socket.shutdown();
  }
}

export const ECHO = { echo: method({}, (value) => value) };

/** Runs `use` with a hub on a port of its own, and ends everything whatever happens. */
export async function withHub(
  use: (hub: HubRun) => Promise<void>,
  limits: Partial<HubLimits> = {},
  options: HubOptions = {},
): Promise<void> {
  const hub = new HubRun(options, limits);
  hub.address = await hub.socket.serve("127.0.0.1:0");
  try {
    await use(hub);
  } finally {
    await hub.end();
  }
}
