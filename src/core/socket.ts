// Opens a server's Unix socket: takes over what a dead server left, and nothing else.
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { link, lstat, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import type {
  Connection,
  ConnectionEvents,
  Listener,
  Runtime,
  SocketOptions,
} from "../runtime/runtime.ts";
import { GibbonError, messageOf } from "./errors.ts";

/** What the kernel has room for in the address of a Unix socket, in bytes. */
const PATH_BYTES = 107;
/** Bytes of the name under which the runtime makes a socket ready before it appears. */
const TEMPORARY_NAME_BYTES = 7;
/** How often a path is looked at again when others change it at the same time. */
const ATTEMPTS = 5;

/** The runtime's part of it. */
export type SocketRuntime = Pick<Runtime, "listen" | "connect">;

/**
 * Listens on a Unix socket. A socket that nobody answers on is replaced, anything else at the path
 * is left alone.
 *
 * @param accept called for each connection
 * @throws {GibbonError} SOCKET_IN_USE if a server answers there; SOCKET_FAILED, with the reason and
 *   the remedy, if the path cannot be used
 */
export async function openSocket(
  runtime: SocketRuntime,
  path: string,
  accept: (connection: Connection) => ConnectionEvents,
  options: SocketOptions = {},
): Promise<Listener> {
  const file = resolve(path);
  checkLength(file);
  for (let attempt = 1;; attempt++) {
    try {
      return await runtime.listen(file, accept, options);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw await explain(error, file, options);
      if (attempt === ATTEMPTS) {
        throw failed(file, "other servers are being started on it at the same time", {
          remedy: "Give each server a socket of its own.",
          cause: error,
        });
      }
    }
    await clearStale(runtime, file);
  }
}

function checkLength(file: string): void {
  const name = Math.max(Buffer.byteLength(basename(file)), TEMPORARY_NAME_BYTES);
  const bytes = Buffer.byteLength(dirname(file)) + 1 + name;
  if (bytes <= PATH_BYTES) return;
  throw failed(
    file,
    `its path takes ${bytes} bytes, and a Unix socket has room for ${PATH_BYTES}`,
    {
      remedy: "Choose a shorter path with --socket or --kong-prefix.",
    },
  );
}

/** Removes a socket that nobody listens on. */
async function clearStale(runtime: SocketRuntime, file: string): Promise<void> {
  const found = await identify(file);
  if (!found) return;
  const state = await probe(runtime, file);
  if (state === "answers") {
    throw new GibbonError("SOCKET_IN_USE", `A server already answers on ${file}`, {
      remedy: "Stop that server, or give this one another socket with --socket or --sock-name.",
    });
  }
  if (state === "stale") await removeStale(file, found.ino);
}

/**
 * Removes a stale socket. It is taken aside first, which only one of several servers can do, so that
 * a socket which another server has just put in its place is noticed and put back.
 */
async function removeStale(file: string, stale: bigint): Promise<void> {
  const aside = join(dirname(file), `.${randomBytes(3).toString("hex")}`);
  try {
    await rename(file, aside);
    const taken = await lstat(aside, { bigint: true });
    if (taken.ino !== stale) await link(aside, file);
    await unlink(aside);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw cannotRemove(error, file);
  }
}

/** The file at the path, if there is one; it must be a socket. */
async function identify(file: string) {
  const found = await lstat(file, { bigint: true }).catch(() => undefined);
  if (!found || found.isSocket()) return found;
  const kind = found.isDirectory() ? "directory" : found.isSymbolicLink() ? "symlink" : "file";
  throw failed(file, `there is a ${kind} of that name, not a socket`, {
    remedy: "Remove it if nobody needs it, or choose another path with --socket.",
  });
}

async function probe(runtime: SocketRuntime, file: string): Promise<"answers" | "stale" | "gone"> {
  try {
    (await runtime.connect(file, { data: () => {}, closed: () => {} })).destroy();
    return "answers";
  } catch (error) {
    switch (codeOf(error)) {
      case "ECONNREFUSED":
        return "stale";
      case "ENOENT":
        return "gone";
      case "EAGAIN": // A live server with a full backlog.
        return "answers";
    }
    throw failed(file, `whether a server answers there cannot be told: ${messageOf(error)}`, {
      remedy: "Remove the socket if its server is gone, or choose another path with --socket.",
      cause: error,
    });
  }
}

/** Why the runtime could not listen, and what to do about it. */
async function explain(
  cause: unknown,
  file: string,
  { group }: SocketOptions,
): Promise<GibbonError> {
  const directory = dirname(file);
  const found = await stat(directory).catch(() => undefined);
  const fail = (reason: string, remedy: string) => failed(file, reason, { remedy, cause });
  if (!found) {
    const remedy = "Create it, or name another with --kong-prefix or --socket.";
    return fail(`the directory ${directory} does not exist`, remedy);
  }
  if (!found.isDirectory()) {
    return fail(`${directory} is not a directory`, "Name a path in a directory with --socket.");
  }
  const code = codeOf(cause);
  if (code === "EPERM" && group !== undefined) {
    const remedy = "Run gibbon as a member of that group, or leave the group out.";
    return fail(`it cannot be given to the group ${group}`, remedy);
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const rights = `mode ${(found.mode & 0o7777).toString(8)}, owner ${found.uid}:${found.gid}`;
    return fail(
      `user ${process.getuid?.()} may not write to ${directory} (${rights})`,
      "Let the user that gibbon runs as write there, or choose another path with --socket.",
    );
  }
  return fail(messageOf(cause), "Choose another path with --socket.");
}

function cannotRemove(error: unknown, file: string): GibbonError {
  return failed(file, `what a dead server left there cannot be removed: ${messageOf(error)}`, {
    remedy: "Remove it as its owner, or choose another path with --socket.",
    cause: error,
  });
}

function failed(
  file: string,
  reason: string,
  details: { readonly remedy: string; readonly cause?: unknown },
): GibbonError {
  return new GibbonError("SOCKET_FAILED", `Cannot listen on ${file}: ${reason}`, details);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
