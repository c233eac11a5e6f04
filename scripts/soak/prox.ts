// prox's part of a soak: a plugin process of gibbon under calls of gibbon's host, which is killed now
// and then.
import process from "node:process";
import { quoted } from "../../src/base/shell_word.ts";
import { Manager, type RequestInfo } from "../../src/prox/host/mod.ts";
import { writeFile } from "node:fs/promises";
import { until } from "../../tests/support/until.ts";
import { type Outcome, SoakLoad } from "./load.ts";
import { ABANDON_EVERY, Excuses, REST_MS, type SoakSystem, type SystemOptions } from "./system.ts";

const PLUGIN = `
import { allow, defineProxPlugin } from "gibbon/prox";
export default defineProxPlugin({
  async onRequest(req) {
    if (req.path === "/slow") await new Promise((resolve) => setTimeout(resolve, 50));
    return allow({ headers: { "X-Greeting": req.header("X-Name") ?? "" } });
  },
});
`;

const ROUTE = "gateway:0";

const request = (path: string, name: string): RequestInfo => ({
  routeId: ROUTE,
  method: "GET",
  path,
  domain: "example.com",
  remoteAddr: "192.0.2.7:5000",
  headers: { "X-Name": name },
});

/** A plugin of prox. */
export class ProxSystem implements SoakSystem {
  readonly name = "prox";
  readonly loads: readonly SoakLoad[];
  readonly upsets = { death: () => this.#excuses.during(() => this.#kill()) };
  readonly #manager: Manager;
  readonly #plugin: string;
  readonly #excuses = new Excuses();

  private constructor(manager: Manager, plugin: string, lanes: number) {
    this.#manager = manager;
    this.#plugin = plugin;
    this.loads = [new SoakLoad({ name: "prox", lanes, restMs: REST_MS }, () => this.#lane())];
  }

  /** Starts it, with its load. */
  static async start({ command, folder, lanes }: SystemOptions): Promise<ProxSystem> {
    const source = `${folder}/plugin.ts`;
    await writeFile(source, PLUGIN);
    const plugin = `${folder}/plugin`;
    const line = [...command, "prox", source].map(quoted).join(" ");
    await writeFile(plugin, `#!/bin/sh\nexec ${line}\n`, { mode: 0o755 });
    const manager = new Manager({ restartDelayMs: () => 100 });
    manager.configure([{ routeId: ROUTE, plugin }]);
    await manager.start();
    await until(() => manager.isReady(plugin));
    return new ProxSystem(manager, plugin, lanes);
  }

  pids(): readonly number[] {
    const pid = this.#manager.pidOf(this.#plugin);
    return pid === undefined ? [] : [pid];
  }

  #lane() {
    let number = 0;
    const once = async (): Promise<Outcome> => {
      const beganAt = performance.now();
      const isLeft = ++number % ABANDON_EVERY === 0;
      try {
        return await this.#call(String(number), isLeft);
      } catch (error) {
        if (isLeft) return "abandoned";
        return { error: String(error), isHarm: this.#excuses.cover(beganAt) };
      }
    };
    return { once, leave: () => {} };
  }

  async #call(name: string, isLeft: boolean): Promise<Outcome> {
    const beganAt = performance.now();
    const leaving = new AbortController();
    if (isLeft) setTimeout(() => leaving.abort(), 10);
    const asked = request(isLeft ? "/slow" : "/", name);
    const { allow, headers } = await this.#manager.onRequest(ROUTE, asked, leaving.signal);
    if (allow && headers?.["X-Greeting"] === name) return "ok";
    // Without a plugin, the host lets everything pass.
    const error = `${name} was answered with ${JSON.stringify({ allow, headers })}`;
    return { error, isHarm: this.#excuses.cover(beganAt) };
  }

  async #kill(): Promise<void> {
    const [pid] = this.pids();
    if (pid === undefined) return;
    process.kill(pid, "SIGKILL");
    await until(() => this.#manager.isReady(this.#plugin) && this.pids()[0] !== pid);
  }

  async stop(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.stop()));
    await this.#manager.stop();
  }
}
