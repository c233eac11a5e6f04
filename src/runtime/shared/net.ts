// Unix sockets on node:net. All three runtimes use it: their own socket APIs measured no faster.
import { link, rename, unlink } from "node:fs/promises";
import net from "node:net";
import type { Duplex } from "node:stream";
import type { Connection, ConnectionEvents, SocketListener } from "../contract.ts";
import {
  nameBeside,
  type OwnFile,
  ownFile,
  setPermissions,
  type SocketFileOptions,
  withoutPermissions,
} from "../../base/socket_file.ts";

/** A connection over a socket of node:net, or over any other stream that goes both ways. */
export class NetConnection implements Connection {
  readonly #socket: Duplex;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  get unsentBytes(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Hands a socket's events on. */
export function attach(socket: Duplex, connection: Connection, events: ConnectionEvents): void {
  socket.on("data", (bytes) => events.data(bytes as Uint8Array));
  socket.on("drain", () => events.drained?.());
  socket.on("end", () => events.ended ? events.ended() : connection.end());
  socket.on("close", () => events.closed());
}

/** Uses a stream that was made elsewhere, such as one end of a tunnel. */
export function adopt(stream: Duplex, events: ConnectionEvents): Connection {
  stream.on("error", ignore);
  const connection = new NetConnection(stream);
  attach(stream, connection, events);
  return connection;
}

/** Serves a socket that came in. */
export function take(
  socket: Duplex,
  accept: (connection: Connection) => ConnectionEvents,
): void {
  socket.on("error", ignore);
  const connection = new NetConnection(socket);
  attach(socket, connection, accept(connection));
}

/**
 * Implements `Runtime.listen`. The socket is made ready under a temporary name beside `path` and
 * then linked to it, or renamed over what is there. So it has its permissions when it appears, nothing
 * is replaced that was not meant, and node:net, which at the end removes the path that it bound
 * whoever has it then, finds nothing.
 */
export async function listen(
  path: string,
  accept: (connection: Connection) => ConnectionEvents,
  options: SocketFileOptions = {},
  replacing = false,
): Promise<SocketListener> {
  const temporary = nameBeside(path);
  const server = net.createServer({ allowHalfOpen: true }, (socket) => take(socket, accept));
  await bind(server, temporary);
  try {
    await setPermissions(temporary, options);
    const file = await ownFile(temporary, path);
    await (replacing ? rename : link)(temporary, path);
    return createListener(server, file);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await unlink(temporary).catch(ignore);
  }
}

function bind(server: net.Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.once("listening", resolve);
    // The file is made before listen() returns, on all three runtimes.
    withoutPermissions(() => server.listen(path));
  });
}

function createListener(server: net.Server, { isAt, remove }: OwnFile): SocketListener {
  let closing: Promise<void> | undefined;
  const close = async () => {
    await remove();
    server.close();
  };
  return { isAt, close: () => closing ??= close() };
}

/** Implements `Runtime.connect`. */
export function connect(path: string, events: ConnectionEvents): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path, allowHalfOpen: true });
    socket.on("error", reject);
    socket.once("connect", () => {
      const connection = new NetConnection(socket);
      attach(socket, connection, events);
      resolve(connection);
    });
  });
}

function ignore(): void {}
