// Opens a server's Unix socket: takes over what a dead server left, and nothing else.
import { Buffer } from "node:buffer";
import { basename, dirname, resolve } from "node:path";
import type {
  Connection,
  ConnectionEvents,
  HeldSocket,
  Runtime,
  SocketListener,
} from "../contract.ts";
import type { SocketFileOptions } from "../../base/socket_file.ts";
import { Unsupported } from "../unsupported.ts";
import { codeOf, GibbonError } from "../../base/errors.ts";
import { explain, socketFailed } from "../../base/socket_error.ts";
import { clearStale, socketInUse } from "./stale.ts";

/** What the kernel has room for in the address of a Unix socket, in bytes. */
const PATH_BYTES = 107;
/** Bytes of the name under which the runtime makes a socket ready before it appears. */
const TEMPORARY_NAME_BYTES = 7;
/** How often a path is looked at again when others change it at the same time. */
const ATTEMPTS = 5;

/**
 * Prepares to take a path from the server that answers on it.
 *
 * @param file the path
 * @throws {GibbonError} SOCKET_IN_USE if that must not be
 */
export type TakeOver = (file: string) => Promise<void>;

/** The runtime's part of it. */
export type SocketRuntime = Pick<Runtime, "listen" | "connect">;

/**
 * Listens on a Unix socket. A socket that nobody answers on is replaced, anything else at the path
 * is left alone.
 *
 * @param accept called for each connection
 * @param takeOver asked about a server that answers there; without it, such a server is left alone
 * @throws {GibbonError} SOCKET_IN_USE if a server answers there; SOCKET_FAILED, with the reason and
 *   the remedy, if the path cannot be used
 */
export async function openSocket(
  runtime: SocketRuntime,
  path: string,
  accept: (connection: Connection) => ConnectionEvents,
  options: SocketFileOptions = {},
  takeOver?: TakeOver,
): Promise<SocketListener> {
  const file = resolve(path);
  checkLength(file);
  const place = (replacing: boolean) => runtime.listen(file, accept, options, replacing);
  return await take(runtime, file, place, options, takeOver);
}

/**
 * The same for a socket on which child processes accept. It appears once they do.
 *
 * @param ready starts them on the socket, and settles when they accept
 * @throws {GibbonError} as `openSocket`; OPTION_INVALID where the runtime cannot share sockets
 */
export async function openHeldSocket(
  runtime: Pick<Runtime, "holdSocket" | "connect">,
  path: string,
  ready: (socket: HeldSocket) => Promise<void>,
  options: SocketFileOptions = {},
  takeOver?: TakeOver,
): Promise<HeldSocket> {
  const file = resolve(path);
  checkLength(file);
  const held = await hold(runtime, file, options);
  try {
    await ready(held);
    await take(runtime, file, (replacing) => held.place(file, replacing), options, takeOver);
    return held;
  } catch (error) {
    await held.close();
    throw error;
  }
}

async function hold(
  runtime: Pick<Runtime, "holdSocket">,
  file: string,
  options: SocketFileOptions,
): Promise<HeldSocket> {
  try {
    return await runtime.holdSocket(dirname(file), options);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw await explain(error, file, options);
    throw new GibbonError("OPTION_INVALID", `--workers: ${error.message}`, {
      remedy: "Leave --workers out: one process serves all events.",
      cause: error,
    });
  }
}

/** Takes a path, also where a dead server left its socket, or a living one may be replaced. */
async function take<T>(
  runtime: Pick<Runtime, "connect">,
  file: string,
  place: (replacing: boolean) => Promise<T>,
  options: SocketFileOptions,
  takeOver: TakeOver | undefined,
): Promise<T> {
  for (let attempt = 1, replacing = false;; attempt++) {
    try {
      return await place(replacing);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw await explain(error, file, options);
      if (attempt === ATTEMPTS) {
        throw socketFailed(file, "other servers are being started on it at the same time", {
          remedy: "Give each server a socket of its own.",
          cause: error,
        });
      }
    }
    if (!await clearStale(runtime, file)) continue;
    if (!takeOver) throw socketInUse(`A server already answers on ${file}`);
    await takeOver(file);
    replacing = true;
  }
}

function checkLength(file: string): void {
  const name = Math.max(Buffer.byteLength(basename(file)), TEMPORARY_NAME_BYTES);
  const bytes = Buffer.byteLength(dirname(file)) + 1 + name;
  if (bytes <= PATH_BYTES) return;
  throw socketFailed(
    file,
    `its path takes ${bytes} bytes, and a Unix socket has room for ${PATH_BYTES}`,
    {
      remedy: "Choose a shorter path with --socket or --kong-prefix.",
    },
  );
}
