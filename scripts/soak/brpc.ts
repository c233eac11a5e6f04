// brpc's part of a soak: `gibbon hub` with a plugin, under calls over its HTTP API; the plugin's process
// is killed now and then.
import { type Started, startProcess } from "../../tests/support/process.ts";
import { writeFiles } from "../../tests/support/folder.ts";
import { type Outcome, SoakLoad } from "./load.ts";
import { ABANDON_EVERY, Excuses, REST_MS, type SoakSystem, type SystemOptions } from "./system.ts";

const PLUGIN = `
import { defineHubPlugin, method } from "gibbon/brpc";
import * as v from "valibot";
export default defineHubPlugin({
  name: "adder",
  version: "1.0.0",
  methods: {
    add: method({ input: v.object({ a: v.number(), b: v.number() }), output: v.number() },
      ({ a, b }) => a + b),
    slow: method({}, () => new Promise((resolve) => setTimeout(resolve, 50))),
  },
});
`;

/** A hub and its plugin. */
export class BrpcSystem implements SoakSystem {
  readonly name = "brpc";
  readonly loads: readonly SoakLoad[];
  readonly upsets = { death: () => this.#excuses.during(() => this.#kill()) };
  readonly #hub: Started;
  readonly #url: string;
  readonly #plug: () => Promise<Started>;
  readonly #excuses = new Excuses();
  #plugin: Started;

  private constructor(
    hub: Started,
    plug: () => Promise<Started>,
    plugin: Started,
    lanes: number,
  ) {
    this.#hub = hub;
    this.#url = /url=(\S+)/.exec(hub.stderr())?.[1] ?? "";
    this.#plug = plug;
    this.#plugin = plugin;
    this.loads = [new SoakLoad({ name: "brpc", lanes, restMs: REST_MS }, () => this.#lane())];
  }

  /** Starts it, with its load. */
  static async start({ command, folder, lanes }: SystemOptions): Promise<BrpcSystem> {
    await writeFiles(`${folder}/plugins`, { "adder.ts": PLUGIN });
    const hub = startProcess([
      ...[...command, "hub", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
    ]);
    await hub.saying("the HTTP API listens");
    const address = /address=(\S+)/.exec(hub.stderr())?.[1] ?? "";
    const plug = async () => {
      const plugin = startProcess([...command, "plug", "--hub", address, `${folder}/plugins`]);
      await plugin.saying("connected to the hub");
      return plugin;
    };
    return new BrpcSystem(hub, plug, await plug(), lanes);
  }

  pids(): readonly number[] {
    return [this.#hub.pid, this.#plugin.pid];
  }

  #lane() {
    let number = 0;
    const once = async (): Promise<Outcome> => {
      const beganAt = performance.now();
      if (++number % ABANDON_EVERY === 0) return await this.#abandon();
      try {
        const sum = await this.#post("add", JSON.stringify({ a: number, b: 1 }));
        if (sum === String(number + 1)) return "ok";
        throw new Error(`${number} + 1 is ${sum}`);
      } catch (error) {
        return { error: String(error), isHarm: this.#excuses.cover(beganAt) };
      }
    };
    return { once, leave: () => {} };
  }

  async #post(method: string, body: string, signal?: AbortSignal): Promise<string> {
    const url = `${this.#url}/plugins/adder/call/${method}`;
    const response = await fetch(url, { method: "POST", body, ...signal ? { signal } : {} });
    return (await response.text()).trim();
  }

  /** Calls what takes its time, and goes away. */
  async #abandon(): Promise<Outcome> {
    await this.#post("slow", "", AbortSignal.timeout(10)).catch(() => {});
    return "abandoned";
  }

  async #kill(): Promise<void> {
    await this.#plugin.kill();
    this.#plugin = await this.#plug();
  }

  async stop(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.stop()));
    await this.#plugin.kill();
    await this.#hub.kill();
  }
}
