// The file of a Unix socket: made with no permissions for others, and removed only while it is ours.
import { chmod, chown, lstat, stat, unlink } from "node:fs/promises";
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
 * Remembers the file that lies at a path now.
 *
 * @returns removes the file, unless the path has become somebody else's. To be called while the
 *   socket is open: only so long its inode number cannot be another file's
 */
export async function ownFile(path: string): Promise<() => Promise<void>> {
  const own = await lstat(path, { bigint: true });
  return async () => {
    const now = await lstat(path, { bigint: true }).catch(() => undefined);
    if (now && now.ino === own.ino && now.dev === own.dev) await unlink(path).catch(() => {});
  };
}
