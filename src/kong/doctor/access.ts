// What keeps a user from a path: the first directory on the way, or what is there itself.
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { foldersFrom } from "../../base/folders.ts";
import { describeOwner, ENTER, grantCommand, may, type Owned, type User } from "./users.ts";

/** What keeps a user out. */
export interface Hindrance {
  /** The directory that it may not enter, or the path that was asked for. */
  readonly path: string;
  /** In words: `mode 0700, owner root:root (0:0)`. */
  readonly owner: string;
  /** The command that lets it in. */
  readonly grant: string;
}

/**
 * Finds what keeps a user from a path; undefined if nothing does, or if the path is not there.
 *
 * @param permissions what it wants to do there
 */
export async function findHindrance(
  user: User,
  path: string,
  permissions: number,
): Promise<Hindrance | undefined> {
  const real = await realpath(path).catch(() => undefined);
  const found = real === undefined ? undefined : await stat(real).catch(() => undefined);
  if (real === undefined || found === undefined) return undefined;
  for (const [folder, owned] of await foldersOf(real)) {
    if (!may(user, ENTER, owned)) return hindrance(user, ENTER, folder, owned);
  }
  return may(user, permissions, found) ? undefined : hindrance(user, permissions, real, found);
}

function hindrance(user: User, permissions: number, path: string, owned: Owned): Hindrance {
  const grant = grantCommand(user, permissions, path, owned);
  return { path, owner: describeOwner(owned), grant };
}

/** The directories on the way to a file that can be seen, from the root on. */
export async function foldersOf(file: string): Promise<(readonly [string, Owned])[]> {
  const folders: (readonly [string, Owned])[] = [];
  for (const folder of foldersFrom(dirname(file))) {
    const found = await stat(folder).catch(() => undefined);
    if (found) folders.unshift([folder, found]);
  }
  return folders;
}
