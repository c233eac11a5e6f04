// Where the gateway listens: HTTP/1.1, and on a port of its own HTTP/1.1 and HTTP/2 over TLS.
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { hostPort } from "../base/host_port.ts";
import { cannotListen } from "../base/socket_error.ts";
import { HEAD_BYTES } from "./nginx_checks.ts";
import type { KeyPair } from "./tls/self_signed.ts";

/** Takes a request that came in on a port. */
export type TakeRequest = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  port: number,
) => void;

/** Takes a request for another protocol; the connection is no longer the server's. */
export type TakeUpgrade = (
  request: http.IncomingMessage,
  connection: Duplex,
  early: Uint8Array,
  port: number,
) => void;

/** What takes requests. */
export interface Takers {
  readonly request: TakeRequest;
  readonly upgrade: TakeUpgrade;
}

/** One port, and what comes in there. */
export class HttpListener {
  readonly server: http.Server;
  readonly #option: string;
  #port = 0;

  /** @param option of the command line that gives the port */
  constructor(server: http.Server, option: string, take: Takers) {
    this.server = server;
    this.#option = option;
    server.on("request", (request, response) => take.request(request, response, this.#port));
    server.on(
      "upgrade",
      (request, connection, early) => take.upgrade(request, connection, early, this.#port),
    );
  }

  get port(): number {
    return this.#port;
  }

  /** @throws {GibbonError} SOCKET_IN_USE, SOCKET_FAILED */
  async listen(host: string, port: number): Promise<void> {
    const { server } = this;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => {
        const taken = `Stop it, or give another port with ${this.#option}.`;
        reject(cannotListen(error, hostPort(host, port), { taken }));
      });
      server.listen(port, host, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Takes no more connections. Settles when all have ended. */
  stop(): Promise<void> {
    if (!this.server.listening) return Promise.resolve();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections?.();
    return closed;
  }
}

/**
 * Listens for HTTP.
 *
 * @param headBytes header bytes of a request that are read
 */
export function plainListener(take: Takers, headBytes: number = HEAD_BYTES): HttpListener {
  // nginx answers a request without Host itself, and so does the gateway.
  const server = http.createServer({ maxHeaderSize: headBytes, requireHostHeader: false });
  return new HttpListener(server, "--port", take);
}

/** Listens for HTTPS. */
export function secureListener({ key, cert }: KeyPair, take: Takers): HttpListener {
  const server = http2.createSecureServer({
    ...{ key, cert },
    allowHTTP1: true,
    maxHeaderSize: HEAD_BYTES,
    requireHostHeader: false,
  } as http2.SecureServerOptions);
  const connections = new Set<{ destroy(): void }>();
  const remember = (one: { destroy(): void; on(event: "close", then: () => void): unknown }) => {
    connections.add(one);
    one.on("close", () => connections.delete(one));
  };
  server.on("secureConnection", remember);
  server.on("session", remember);
  // HTTP/2's server has no such method.
  const closeAllConnections = () => connections.forEach((one) => one.destroy());
  // Its requests and responses have the interface of those of HTTP/1.1.
  const like = Object.assign(server, { closeAllConnections }) as unknown as http.Server;
  return new HttpListener(like, "--https-port", take);
}
