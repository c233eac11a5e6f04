// The hub's HTTP API: on loopback, and with a token on other addresses too.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Descriptors, RESERVED_DESCRIPTORS, TOO_FEW } from "../../../base/descriptors.ts";
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { isLoopback } from "../../../base/hosts.ts";
import { hostPort } from "../../../base/host_port.ts";
import type { Logger } from "../../../base/log.ts";
import { atMost } from "../../../base/waiting.ts";
import { cannotListen } from "../../../base/socket_error.ts";
import { parseAddress } from "../../address.ts";
import { HUB_LIMITS } from "../limits.ts";
import type { Hub } from "../hub.ts";
import { HttpProblem, sendError } from "./answers.ts";
import { hasToken, refusalOf } from "./guard.ts";
import { Routes } from "./routes.ts";

const OTHER_ADDRESS = "Choose another address with --http.";

/** Connections at once. */
const CONNECTIONS = 1024;

/** How long answers that are under way may take when the API is closed, in milliseconds. */
const CLOSE_MS = 1000;

/** How an API is set up. */
export interface HubApiOptions {
  readonly socket: Hub;
  /** `HOST:PORT`, of this machine alone unless there is a token; port 0 for any that is free. */
  readonly address: string;
  /** What every request has to show as `Authorization: Bearer TOKEN`. */
  readonly token?: string;
  readonly log: Logger;
  /** Longest body, in bytes: 16 MiB, less what a message needs around it. */
  readonly bodyBytes?: number;
}

/** A running API. */
export interface HubApi {
  /** Such as `http://127.0.0.1:7071`. */
  readonly url: string;
  /** Takes no more requests. Answers that are under way have a second to end. */
  close(): Promise<void>;
}

/**
 * Starts the API.
 *
 * @throws {GibbonError} OPTION_INVALID where other machines reach the address and there is no token;
 *   SOCKET_IN_USE, SOCKET_FAILED
 */
export async function startHubApi(options: HubApiOptions): Promise<HubApi> {
  const { socket, log, bodyBytes = HUB_LIMITS.messageBytes - 4096 } = options;
  const address = parseAddress(options.address);
  if ("path" in address) {
    throw new GibbonError("OPTION_INVALID", `The HTTP API cannot listen on ${options.address}`, {
      remedy: "Give a host and a port, as in 127.0.0.1:7071.",
    });
  }
  const isOpen = !isLoopback(address.host);
  if (isOpen && options.token === undefined) {
    throw new GibbonError(
      "OPTION_INVALID",
      `The HTTP API cannot listen on ${options.address} without a token`,
      {
        remedy: "Give a port on this machine alone, as in 127.0.0.1:7071, or a token " +
          "(--http-token-file).",
      },
    );
  }
  if (isOpen) {
    log.warn("the HTTP API listens to other machines, and is not encrypted", {
      address: options.address,
      remedy: "Put a proxy with TLS before it: whoever reads the token on its way can use it.",
    });
  }
  const check = (headers: http.IncomingHttpHeaders) => {
    checkRequest(headers, isOpen, options.token);
  };
  const routes = new Routes(socket, bodyBytes);
  const underWay = new Set<Promise<void>>();
  const server = http.createServer((request, response) => {
    const sent = whenSent(response).then(() => void underWay.delete(sent));
    underWay.add(sent);
    void serve(routes, check, request, response, log);
  });
  server.maxConnections = CONNECTIONS;
  const descriptors = new Descriptors(RESERVED_DESCRIPTORS);
  server.on("connection", (connection) => {
    if (!descriptors.isShort) return;
    log.warn("an HTTP connection was closed: there are too few descriptors left", TOO_FEW);
    connection.destroy();
  });
  await listen(server, address.host, address.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${hostPort(address.host, port)}`,
    close: () =>
      new Promise((resolve) => {
        descriptors.close();
        server.close(() => resolve());
        void atMost(CLOSE_MS, Promise.all(underWay)).then(() => server.closeAllConnections());
      }),
  };
}

/** Settles when an answer is out, or its reader has left. */
function whenSent(response: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}

/**
 * @param isOpen whether other machines may ask, whose names for this one nobody knows here
 * @throws {HttpProblem} 401, 403
 */
function checkRequest(
  headers: http.IncomingHttpHeaders,
  isOpen: boolean,
  token: string | undefined,
): void {
  const problem = isOpen ? undefined : refusalOf(headers);
  if (problem !== undefined) throw new HttpProblem(403, problem);
  if (token === undefined || hasToken(headers, token)) return;
  throw new HttpProblem(401, "show the token: Authorization: Bearer TOKEN", {
    "WWW-Authenticate": 'Bearer realm="gibbon hub"',
  });
}

async function serve(
  routes: Routes,
  check: (headers: http.IncomingHttpHeaders) => void,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  log: Logger,
): Promise<void> {
  try {
    check(request.headers);
    await routes.serve(request, response);
  } catch (error) {
    if (!(error instanceof GibbonError || error instanceof HttpProblem) && !response.destroyed) {
      log.error("an HTTP request failed", { path: request.url, error: messageOf(error) });
    }
    sendError(response, error);
  }
}

function listen(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const remedies = { taken: OTHER_ADDRESS, other: OTHER_ADDRESS };
      reject(cannotListen(error, hostPort(host, port), remedies));
    });
    server.listen(port, host, resolve);
  });
}
