// TCP, and TLS over it, on node:net and node:tls; all three runtimes use it.
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";
import { attach, NetConnection, take } from "./net.ts";
import type {
  Connection,
  ConnectionEvents,
  TcpAddress,
  TcpListener,
  TlsClientOptions,
  TlsServerOptions,
} from "../contract.ts";

/** How long a connection may be silent before the system asks whether the peer is there. */
const KEEP_ALIVE_MS = 30_000;
/** How long a client may take for the handshake of TLS. */
const TLS_HANDSHAKE_MS = 10_000;

/** Implements `Runtime.listenTcp`. */
export function listenTcp(
  address: TcpAddress,
  accept: (connection: Connection) => ConnectionEvents,
  secure?: TlsServerOptions,
): Promise<TcpListener> {
  const serve = (socket: net.Socket) => {
    prepare(socket);
    take(socket, accept);
  };
  const server = secure
    ? tls.createServer(serverOptions(secure), serve)
    : net.createServer({ allowHalfOpen: true }, serve);
  // A client that TLS turned away, or that gave up: there is nobody to tell.
  server.on("tlsClientError", (_, socket: net.Socket) => void socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off("error", reject);
      server.on("error", ignore);
      resolve(createListener(server));
    });
  });
}

function serverOptions({ cert, key, ca }: TlsServerOptions): tls.TlsOptions {
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  const handshake = { handshakeTimeout: TLS_HANDSHAKE_MS, minVersion: "TLSv1.2" as const };
  return { cert, key, ...clients, ...handshake, allowHalfOpen: true };
}

function createListener(server: net.Server): TcpListener {
  const { port } = server.address() as AddressInfo;
  // Those that are there stay, so nobody waits for the server's own end.
  return { port, close: () => Promise.resolve(void server.close(ignore)) };
}

/** Implements `Runtime.connectTcp`. */
export function connectTcp(
  { host, port }: TcpAddress,
  events: ConnectionEvents,
  secure?: TlsClientOptions,
  signal?: AbortSignal,
): Promise<Connection> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const target = { host, port, allowHalfOpen: true };
    const socket = secure
      ? tls.connect(Object.assign(clientOptions(host, secure), target))
      : net.connect(target);
    socket.on("error", reject);
    const onAbort = () => {
      reject(signal?.reason);
      socket.destroy();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    // A server that turns the client away may say nothing of why.
    const onClose = () => {
      signal?.removeEventListener("abort", onAbort);
      reject(new Error(`${host}:${port} closed the connection`));
    };
    socket.once("close", onClose);
    socket.once(secure ? "secureConnect" : "connect", () => {
      socket.off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
      prepare(socket);
      const connection = new NetConnection(socket);
      attach(socket, connection, events);
      resolve(connection);
    });
  });
}

function clientOptions(host: string, secure: TlsClientOptions): tls.ConnectionOptions {
  const { ca, cert, key, serverName = host } = secure;
  const own = cert === undefined || key === undefined ? {} : { cert, key };
  const trusted = ca === undefined ? {} : { ca };
  // An address is checked against the certificate, but must not be sent as a name.
  const name = net.isIP(serverName) ? {} : { servername: serverName };
  return { ...own, ...trusted, ...name, minVersion: "TLSv1.2", rejectUnauthorized: true };
}

function prepare(socket: net.Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

function ignore(): void {}
