// The gateway's connections, as prox's plugins are asked about them and told of their end.
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { messageOf } from "../../base/errors.ts";
import { hostPort } from "../../base/host_port.ts";
import type { Logger } from "../../base/log.ts";
import type { Manager } from "../../prox/host/manager.ts";

/** What is known of the connections' route. */
export interface ConnectionRoute {
  readonly routeId: string;
  readonly domain: string;
}

/**
 * What becomes of a connection's requests. `unasked`: the plugins were not ready in time; it must
 * end, as nothing would ask about it later.
 */
export type Admission = "served" | "denied" | "unasked";

/** Asks about each connection once, at its beginning. */
export class ProxConnections {
  readonly #manager: Manager;
  readonly #route: ConnectionRoute;
  readonly #log: Logger;
  readonly #ready: () => Promise<boolean>;
  readonly #verdicts = new WeakMap<object, Promise<Admission>>();

  /** @param ready settles with whether the plugins can be asked */
  constructor(
    manager: Manager,
    route: ConnectionRoute,
    log: Logger,
    ready: () => Promise<boolean>,
  ) {
    this.#manager = manager;
    this.#route = route;
    this.#log = log;
    this.#ready = ready;
  }

  /** Asks about all connections of a server from now on. */
  attach(server: Server): void {
    server.on("connection", (socket: Socket) => this.#verdicts.set(socket, this.#ask(socket)));
  }

  /** What was said of a connection. One that is denied is closed already. */
  async admission(socket: object): Promise<Admission> {
    return await this.#verdicts.get(socket) ?? "unasked";
  }

  async #ask(socket: Socket): Promise<Admission> {
    const begun = performance.now();
    const { routeId, domain } = this.#route;
    const remoteAddr = hostPort(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    const left = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    try {
      if (!await this.#ready()) return "unasked";
      const { allow } = await this.#manager.onConnect(routeId, { routeId, domain, remoteAddr });
      if (!allow) return this.#close(socket, remoteAddr);
    } catch (error) {
      this.#log.error("a connection is closed: whether it is allowed cannot be told", {
        error: messageOf(error),
      });
      return this.#close(socket, remoteAddr);
    }
    void left.then(() =>
      this.#manager.onDisconnect(routeId, {
        routeId,
        remoteAddr,
        // Bun counts neither, as of 1.4.
        bytesRx: socket.bytesRead ?? 0,
        bytesTx: socket.bytesWritten ?? 0,
        durationMs: Math.round(performance.now() - begun),
      })
    );
    return "served";
  }

  #close(socket: Socket, client: string): "denied" {
    this.#log.info("a plugin of prox has denied a connection", { client });
    socket.destroy();
    return "denied";
  }
}
