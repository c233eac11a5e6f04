// Why a server's socket cannot be had, and what to do about it.
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import type { SocketFileOptions } from "./socket_file.ts";
import { codeOf, GibbonError, messageOf } from "./errors.ts";

/** Why the runtime could not listen, and what to do about it. */
export async function explain(
  cause: unknown,
  file: string,
  { group }: SocketFileOptions,
): Promise<GibbonError> {
  const directory = dirname(file);
  const found = await stat(directory).catch(() => undefined);
  const fail = (reason: string, remedy: string) => socketFailed(file, reason, { remedy, cause });
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

/** The error for a path that cannot be listened on. */
export function socketFailed(
  file: string,
  reason: string,
  details: { readonly remedy: string; readonly cause?: unknown },
): GibbonError {
  return new GibbonError("SOCKET_FAILED", `Cannot listen on ${file}: ${reason}`, details);
}

/** What to do about a port that cannot be had. */
export interface PortRemedies {
  /** If somebody else has it. */
  readonly taken: string;
  /** Else. */
  readonly other?: string;
}

/** The error for an address of TCP that cannot be listened on. */
export function cannotListen(cause: unknown, at: string, remedies: PortRemedies): GibbonError {
  const { taken, other } = remedies;
  if (codeOf(cause) === "EADDRINUSE") {
    const message = `Something listens on ${at} already`;
    return new GibbonError("SOCKET_IN_USE", message, { remedy: taken, cause });
  }
  const message = `Cannot listen on ${at}: ${messageOf(cause)}`;
  return new GibbonError("SOCKET_FAILED", message, { remedy: other, cause });
}
