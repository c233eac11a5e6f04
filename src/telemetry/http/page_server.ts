// The HTTP server for operators. What is wrong with it never keeps a gateway from being served.
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { codeOf, messageOf } from "../../base/errors.ts";
import { hostPort } from "../../base/host_port.ts";
import type { Logger } from "../../base/log.ts";
import {
  setPermissions,
  type SocketFileOptions,
  withoutPermissions,
} from "../../base/socket_file.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { clearStale } from "../../runtime/socket/stale.ts";
import { formatPageAddress, type PageAddress } from "./address.ts";
import { type Observed, OperatorAnswers } from "./answers.ts";

/** Connections at once; more are closed. */
const CONNECTIONS = 32;
/** How long a request may take to come in, and its answer to go out, in milliseconds. */
const REQUEST_MS = 5000;
/** How long a connection may wait for its next request, in milliseconds. */
const IDLE_MS = 5000;
/** How often a connection is looked at, in milliseconds. */
const LOOK_MS = 1000;
/** After how long an address that could not be had is tried again, in milliseconds. */
const AGAIN_MS = 1000;
/** Longest head of a request, in bytes. */
const HEAD_BYTES = 8192;

/** What a page server is made of. */
export interface PageServerOptions {
  readonly runtime: Pick<Runtime, "connect">;
  readonly address: PageAddress;
  readonly observed: Observed;
  readonly log: Logger;
  /** Whose a Unix socket is. */
  readonly file?: SocketFileOptions;
}

/**
 * Serves the page. An address that somebody else has is tried again until it is free: a server that
 * takes over from an older one comes to it when that lets go.
 */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #answers: OperatorAnswers;
  #server: http.Server | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #hasFailed = false;
  #closed = false;

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#answers = new OperatorAnswers(options.observed, options.log);
  }

  /** Begins to listen. Settles when that is so, or was tried once. */
  async open(): Promise<void> {
    const { log, address } = this.#options;
    const server = this.#createServer();
    try {
      await this.#listen(server);
    } catch (error) {
      return this.#failed(error);
    }
    if (this.#closed) return void server.close();
    this.#server = server;
    const at = server.address();
    log.info("metrics are served", {
      address: "path" in address
        ? formatPageAddress(address)
        : hostPort(address.host, (at as AddressInfo).port),
    });
  }

  /** Lets go of the address. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#again);
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  #failed(error: unknown): void {
    const { log, address } = this.#options;
    if (!this.#hasFailed) {
      log.error("metrics cannot be served yet; it is tried again", {
        address: formatPageAddress(address),
        error: messageOf(error),
        remedy: codeOf(error) === "EADDRINUSE"
          ? "Another program may have the address: give another one with --metrics."
          : "Give an address of this machine with --metrics.",
      });
    }
    this.#hasFailed = true;
    if (this.#closed) return;
    this.#again = setTimeout(() => void this.open(), AGAIN_MS);
    (this.#again as { unref?: () => void }).unref?.();
  }

  async #listen(server: http.Server): Promise<void> {
    const { address } = this.#options;
    if (!("path" in address)) return await listening(server, address.port, address.host);
    const { path } = address;
    try {
      await this.#listenAt(server, path);
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE") throw error;
      // A server that died has left it.
      if (await clearStale(this.#options.runtime, path)) throw error;
      await this.#listenAt(server, path);
    }
  }

  /** Nobody gets in before the permissions are there. */
  async #listenAt(server: http.Server, path: string): Promise<void> {
    await withoutPermissions(() => listening(server, path));
    await setPermissions(path, this.#options.file ?? {});
  }

  #createServer(): http.Server {
    const server = http.createServer({
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: LOOK_MS,
      maxHeaderSize: HEAD_BYTES,
    }, (request, response) => {
      const late = setTimeout(() => request.socket.destroy(), REQUEST_MS);
      response.on("close", () => clearTimeout(late));
      void this.#answers.serve(request, response);
    });
    let connections = 0;
    server.on("connection", (socket: Socket) => {
      if (++connections > CONNECTIONS) socket.destroy();
      socket.on("close", () => connections--);
    });
    server.on("clientError", (_error, socket) => socket.destroy());
    return server;
  }
}

function listening(server: http.Server, ...at: [number, string] | [string]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const done = () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    };
    if (at.length === 1) server.listen(at[0], done);
    else server.listen(at[0], at[1], done);
  });
}
