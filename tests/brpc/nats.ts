// A nats-server of a test's own, and a way to it that a test can cut.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import process from "node:process";
import type { Started } from "../support/process.ts";
import { until } from "../support/until.ts";
import type { Workspace } from "../support/workspace.ts";

/** Debian's package puts it where the PATH of some users does not lead. */
const USUAL = "/usr/sbin/nats-server";

const PROGRAM = process.env["TESTED_NATS_SERVER"] ?? (existsSync(USUAL) ? USUAL : "nats-server");

/** Why the tests that need one are skipped; false where there is one. */
export const NO_NATS: string | false = spawnSync(PROGRAM, ["--version"]).error === undefined
  ? false
  : "there is no nats-server: install Debian's package, or name one in TESTED_NATS_SERVER";

/** A running nats-server. */
export interface NatsServer {
  readonly started: Started;
  /** Where clients connect to. */
  readonly port: number;
  /** Where other servers connect to; 0 without a cluster. */
  readonly routePort: number;
  /** Where it says what it has done; 0 unless it is to. */
  readonly monitorPort: number;
}

/**
 * Starts one on ports that are free.
 *
 * @param config more of its configuration file
 * @param port the port for clients, where it is to be a certain one
 */
export async function startNats(space: Workspace, config = "", port = -1): Promise<NatsServer> {
  const folder = await space.folder();
  const written = await space.folder({
    "nats.conf": `listen: "127.0.0.1:${port}"\nports_file_dir: "${folder}"\n${config}`,
  });
  const started = space.start([PROGRAM, "-c", join(written, "nats.conf")]);
  await started.saying("Server is ready");
  let ports: Partial<Record<"nats" | "cluster" | "monitoring", string[]>> | undefined;
  await until(async () => (ports = await readPorts(folder)) !== undefined);
  const portOf = (urls: string[] | undefined) => Number(urls?.[0]?.split(":").at(-1) ?? 0);
  return {
    started,
    port: portOf(ports?.nats),
    routePort: portOf(ports?.cluster),
    monitorPort: portOf(ports?.monitoring),
  };
}

/** @returns nothing as long as the file is not whole */
async function readPorts(folder: string) {
  const name = (await readdir(folder)).find((name) => name.endsWith(".ports"));
  try {
    return name && JSON.parse(await readFile(join(folder, name), "utf8"));
  } catch {
    return undefined;
  }
}

/** A way to a port that can be cut, and led elsewhere. */
export class Way {
  /** Where it can be entered. */
  port = 0;
  readonly #server = net.createServer((socket) => this.#take(socket));
  readonly #sockets = new Set<net.Socket>();
  #target: number | undefined;

  /** @param target the port that it leads to */
  static async to(space: Workspace, target: number): Promise<Way> {
    const way = new Way();
    way.#target = target;
    way.#server.listen(0, "127.0.0.1");
    await once(way.#server, "listening");
    way.port = (way.#server.address() as net.AddressInfo).port;
    space.later(() => {
      way.cut();
      way.#server.close();
    });
    return way;
  }

  /** Breaks all connections, and those that are made from now on. */
  cut(): void {
    this.#target = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Leads to a port from now on. */
  lead(target: number): void {
    this.#target = target;
  }

  /** Keeps the connections, and lets nothing through any more. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  #take(socket: net.Socket): void {
    if (this.#target === undefined) return void socket.destroy();
    const target = net.connect({ host: "127.0.0.1", port: this.#target });
    for (const [one, other] of [[socket, target], [target, socket]] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
