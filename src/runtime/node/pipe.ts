// A Unix socket that is bound and nothing else, on Node.js: its children are the first to listen.
import net from "node:net";
import type { Bound } from "../shared/held_socket.ts";
import { Unsupported } from "../unsupported.ts";

/** What node:net uses itself, for one, to give cluster's workers their sockets. */
interface NetInternals {
  _createServerHandle?(path: string, port: -1, addressType: -1): Handle | number;
}

interface Handle {
  readonly fd: number;
  close(): void;
}

/**
 * Binds a path.
 *
 * @throws {Unsupported} if this Node.js has no way to it
 */
export function bindPipe(path: string): Bound {
  const create = (net as NetInternals)._createServerHandle;
  if (!create) throw new Unsupported("this Node.js binds no socket without accepting on it");
  const handle = create(path, -1, -1);
  if (typeof handle === "number") throw new Error(`bind failed with error ${-handle}`);
  return { descriptor: handle.fd, inherited: false, close: () => handle.close() };
}
