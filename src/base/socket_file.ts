// The file of a Unix socket: made with no permissions for others, and removed only while it is ours.
import { randomBytes } from "node:crypto";
import { chmod, chown, lstat, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";

/** Whose a socket's file is, and who may connect. */
export interface SocketFileOptions {
  /** Permission bits: 0o600 unless said otherwise. */
  readonly mode?: number;
  /** Group of the socket file: a numeric id. */
  readonly group?: number;
}

/**
 * Binds with no permissions for others: nobody gets in before the mode is what was asked for.
 *
 * @param bind makes the file before it returns
 */
export function withoutPermissions<T>(bind: () => T): T {
  const umask = process.umask(0o177);
  try {
    return bind();
  } finally {
    process.umask(umask);
  }
}

/** Gives a socket's file its group and its permissions. */
export async function setPermissions(
  path: string,
  { mode = 0o600, group }: SocketFileOptions,
): Promise<void> {
  if (group !== undefined) await chown(path, (await stat(path)).uid, group);
  await chmod(path, mode);
}

/**
 * A socket's file. Good while the socket is open: only so long its inode number cannot be another
 * file's.
 */
export interface OwnFile {
  /** Whether a path leads to it. */
  isAt(path: string): Promise<boolean>;
  /** Removes it from the path that it was made for, and from where a successor has put it aside. */
  remove(): Promise<void>;
}

/**
 * Remembers a socket's file, before it is placed: another one may take the place at any time then.
 *
 * @param now where it is
 * @param path where it will be placed
 */
export async function ownFile(now: string, path: string): Promise<OwnFile> {
  const own = await lstat(now, { bigint: true });
  const isAt = async (place: string) => {
    const found = await lstat(place, { bigint: true }).catch(() => undefined);
    return found !== undefined && found.ino === own.ino && found.dev === own.dev;
  };
  const remove = async () => {
    const names = [path, ...await namesBeside(path)];
    for (const name of names) if (await isAt(name)) await unlink(name).catch(() => {});
  };
  return { isAt, remove };
}

/** Names by which a server that replaces another one keeps finding it. */
const NAME_BESIDE = /^\.[0-9a-f]{6}$/;

/** A name in the folder of a socket that nobody looks for. */
export function nameBeside(path: string): string {
  return join(dirname(path), `.${randomBytes(3).toString("hex")}`);
}

/** Whether a name may be one of those. */
export function isNameBeside(name: string): boolean {
  return NAME_BESIDE.test(name);
}

async function namesBeside(path: string): Promise<string[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  return names.filter(isNameBeside).map((name) => join(folder, name));
}
