// Where a hub listens and plugins connect to: a Unix socket's path, or a host and a port.
import { isLoopback } from "../base/hosts.ts";
import { GibbonError, messageOf } from "../base/errors.ts";
import type { Duplex } from "node:stream";
import { hostPort } from "../base/host_port.ts";
import { adopt } from "../runtime/shared/net.ts";
import { openSocket } from "../runtime/socket/open.ts";
import type { SocketFileOptions } from "../base/socket_file.ts";
import { cannotListen } from "../base/socket_error.ts";
import type {
  Connection,
  ConnectionEvents,
  Listener,
  Runtime,
  TcpAddress,
  TlsClientOptions,
  TlsServerOptions,
} from "../runtime/contract.ts";

const OTHER_ADDRESS = "Choose another address with --listen.";

/** The runtime's part of it. */
export type HubRuntime = Pick<Runtime, "listen" | "connect" | "listenTcp" | "connectTcp">;

/** Where a plugin connects to: an address, or a stream that leads to a hub already. */
export type HubTarget = HubAddress | { readonly stream: Duplex };

/** A parsed address. */
export type HubAddress = TcpAddress | { readonly path: string };

/** A listening socket with the address that it has. */
export interface HubListener extends Listener {
  readonly address: string;
}

/**
 * Parses `HOST:PORT`, `[IPv6]:PORT`, `:PORT` (127.0.0.1, while Go listens everywhere), or a path
 * with a slash; `tcp:` and `unix:` may stand before them.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function parseAddress(text: string): HubAddress {
  const bare = text.replace(/^(?:tcp|unix):(?:\/\/)?/, "");
  if (text.startsWith("unix:") || bare.includes("/")) {
    if (bare !== "") return { path: bare };
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(bare) ?? [];
  const port = Number(digits);
  const host = bracketed ?? (plain === "" ? "127.0.0.1" : plain);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new GibbonError("OPTION_INVALID", `${JSON.stringify(text)} is no address`, {
    remedy:
      "Give HOST:PORT, as in 127.0.0.1:7070, or the path of a Unix socket with a slash in it.",
  });
}

/** An address as people write it. */
export function formatAddress(address: HubAddress): string {
  return "path" in address ? address.path : hostPort(address.host, address.port);
}

/** Whether only this machine reaches the address. */
export function isLocal(address: HubAddress): boolean {
  return "path" in address || isLoopback(address.host);
}

/**
 * Listens on an address.
 *
 * @param file permissions of a Unix socket: for its user alone unless said otherwise
 * @throws {GibbonError} SOCKET_IN_USE, SOCKET_FAILED; OPTION_INVALID for TLS on a Unix socket, and for
 *   permissions of any other
 */
export async function listenAt(
  runtime: HubRuntime,
  address: HubAddress,
  accept: (connection: Connection) => ConnectionEvents,
  secure?: TlsServerOptions,
  file?: SocketFileOptions,
): Promise<HubListener> {
  if ("path" in address) {
    refuseTls(secure);
    const listener = await openSocket(runtime, address.path, accept, file).catch(rephrase);
    return { address: address.path, close: () => listener.close() };
  }
  if (file?.mode !== undefined || file?.group !== undefined) {
    throw new GibbonError("OPTION_INVALID", `${formatAddress(address)} has no mode and no group`, {
      remedy: "Leave them out, or listen on a Unix socket.",
    });
  }
  try {
    const listener = await runtime.listenTcp(address, accept, secure);
    const { port } = listener;
    return { address: formatAddress({ ...address, port }), close: () => listener.close() };
  } catch (error) {
    const remedies = { taken: OTHER_ADDRESS, other: OTHER_ADDRESS };
    throw cannotListen(error, formatAddress(address), remedies);
  }
}

/** A socket's error with the hub's own remedy: the other one names options of `gibbon serve`. */
function rephrase(error: unknown): never {
  if (!(error instanceof GibbonError) || error.code !== "SOCKET_IN_USE") throw error;
  throw new GibbonError(error.code, error.message, { remedy: OTHER_ADDRESS, cause: error });
}

/** How a connection is made. */
export interface ConnectOptions {
  /** Makes it TLS. */
  readonly secure?: TlsClientOptions | undefined;
  /** Gives up a connection over TCP that is not there yet. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to an address, or takes the stream that leads there.
 *
 * @throws {GibbonError} SOCKET_FAILED; OPTION_INVALID for TLS on a Unix socket or a stream
 */
export async function connectTo(
  runtime: HubRuntime,
  address: HubTarget,
  events: ConnectionEvents,
  { secure, signal }: ConnectOptions = {},
): Promise<Connection> {
  if (!("host" in address)) refuseTls(secure);
  if ("stream" in address) return adopt(address.stream, events);
  try {
    return "path" in address
      ? await runtime.connect(address.path, events)
      : await runtime.connectTcp(address, events, secure, signal);
  } catch (error) {
    const message = `Cannot reach a hub on ${formatAddress(address)}: ${messageOf(error)}`;
    throw new GibbonError("SOCKET_FAILED", message, {
      remedy: "Start the hub first, or see whether address and certificates are the right ones.",
      cause: error,
    });
  }
}

function refuseTls(secure: unknown): void {
  if (secure === undefined) return;
  throw new GibbonError("OPTION_INVALID", "A Unix socket or a stream has no TLS of the hub's", {
    remedy: "Leave the certificates out: who reaches a socket is up to its permissions.",
  });
}
