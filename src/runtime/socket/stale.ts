// What lies at a socket's path: clears away what a dead server left, and nothing else.
import { link, lstat, rename, unlink } from "node:fs/promises";
import type { Runtime } from "../contract.ts";
import { codeOf, GibbonError, messageOf } from "../../base/errors.ts";
import { nameBeside } from "../../base/socket_file.ts";
import { socketFailed } from "../../base/socket_error.ts";

type Connecting = Pick<Runtime, "connect">;

/**
 * Removes a socket that nobody listens on.
 *
 * @returns whether a server answers there: then the socket is left alone
 * @throws {GibbonError} SOCKET_FAILED for what is no socket
 */
export async function clearStale(runtime: Connecting, file: string): Promise<boolean> {
  const found = await identify(file);
  if (!found) return false;
  const state = await probe(runtime, file);
  if (state === "stale") await removeStale(file, found.ino);
  return state === "answers";
}

/** The error for a path that a living server has. */
export function socketInUse(message: string, remedy?: string): GibbonError {
  return new GibbonError("SOCKET_IN_USE", message, {
    remedy: remedy ??
      "Stop that server, or give this one another socket with --socket or --sock-name.",
  });
}

/**
 * Removes a stale socket. It is taken aside first, which only one of several servers can do, so that
 * a socket which another server has just put in its place is noticed and put back.
 */
async function removeStale(file: string, stale: bigint): Promise<void> {
  const aside = nameBeside(file);
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
  throw socketFailed(file, `there is a ${kind} of that name, not a socket`, {
    remedy: "Remove it if nobody needs it, or choose another path with --socket.",
  });
}

async function probe(runtime: Connecting, file: string): Promise<"answers" | "stale" | "gone"> {
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
      case "ECONNRESET": // One that closes at once what it accepts, as Bun tells of it.
        return "answers";
    }
    throw socketFailed(file, `whether a server answers there cannot be told: ${messageOf(error)}`, {
      remedy: "Remove the socket if its server is gone, or choose another path with --socket.",
      cause: error,
    });
  }
}

function cannotRemove(error: unknown, file: string): GibbonError {
  return socketFailed(
    file,
    `what a dead server left there cannot be removed: ${messageOf(error)}`,
    {
      remedy: "Remove it as its owner, or choose another path with --socket.",
      cause: error,
    },
  );
}
