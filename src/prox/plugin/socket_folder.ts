// The folder of a plugin's socket: nobody else can enter it, and what killed plugins left goes with the next.
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { GibbonError, messageOf } from "../../base/errors.ts";
import { clearStale } from "../../runtime/socket/stale.ts";
import type { Runtime } from "../../runtime/contract.ts";

const PREFIX = "gibbon-prox-";
const SOCKET = "socket";

/** A folder without a socket may belong to a plugin that is about to listen, for so long at most. */
const YOUNG_MS = 60_000;

/** Folders that are looked at, at most: each one is a connection. */
const LOOKS = 128;

/** Path of the socket in a folder. */
export function socketIn(folder: string): string {
  return join(folder, SOCKET);
}

/**
 * Makes a folder; mkdtemp gives it the mode 0700.
 *
 * @throws {GibbonError} SOCKET_FAILED
 */
export async function makeSocketFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), PREFIX));
  } catch (error) {
    throw new GibbonError(
      "SOCKET_FAILED",
      `Cannot make a folder for the socket in ${tmpdir()}: ${messageOf(error)}`,
      { remedy: "Set TMPDIR to a folder that this user can write to.", cause: error },
    );
  }
}

/** Removes a folder with what is in it. */
export async function removeSocketFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Removes folders of this user whose plugins are gone: their sockets are there, and nobody answers.
 * A socket appears only when its plugin listens. Never fails.
 *
 * @param own the one that is not looked at
 * @param place where the folders are
 */
export async function removeLeftFolders(
  runtime: Pick<Runtime, "connect">,
  own: string,
  place: string = tmpdir(),
): Promise<void> {
  const names = await readdir(place).catch(() => []);
  const folders = names.filter((name) => name.startsWith(PREFIX))
    .map((name) => join(place, name)).filter((folder) => folder !== own);
  for (const folder of folders.slice(0, LOOKS)) {
    if (await isLeft(runtime, folder).catch(() => false)) {
      await removeSocketFolder(folder).catch(() => {});
    }
  }
}

async function isLeft(runtime: Pick<Runtime, "connect">, folder: string): Promise<boolean> {
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
  const hasSocket = await lstat(socketIn(folder)).then(() => true, () => false);
  if (hasSocket) return !await clearStale(runtime, socketIn(folder));
  return Date.now() - found.mtimeMs > YOUNG_MS;
}
