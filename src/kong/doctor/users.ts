// Users and groups of this machine, and what a file's permissions let them do.
import { readFileSync } from "node:fs";

/** A user with the groups that it is in. */
export interface User {
  readonly name: string;
  readonly id: number;
  readonly groups: readonly number[];
}

/** What permissions are read from. */
export interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Permission bits, as for others. */
export const ENTER = 0o1;
export const WRITE = 0o2;

/** A user of /etc/passwd, by name or number; undefined if there is none. */
export function findUser(wanted: string): User | undefined {
  for (const [name = "", , id, group] of rows("/etc/passwd")) {
    if (id === undefined || (name !== wanted && id !== wanted)) continue;
    const more = rows("/etc/group")
      .filter(([, , , members = ""]) => members.split(",").includes(name))
      .map(([, , gid]) => Number(gid));
    return { name, id: Number(id), groups: [Number(group), ...more] };
  }
  return undefined;
}

/** Whether a user has a permission on a file. Root has all that matter here. */
export function may(user: User, permission: number, { mode, uid, gid }: Owned): boolean {
  if (user.id === 0) return true;
  const shift = user.id === uid ? 6 : user.groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & permission) !== 0;
}

/** A file's permissions in words: `mode 0660, owner kong:kong (1000:1000)`. */
export function describeOwner({ mode, uid, gid }: Owned): string {
  const bits = (mode & 0o7777).toString(8).padStart(4, "0");
  const user = nameOf("/etc/passwd", uid) ?? uid;
  const group = nameOf("/etc/group", gid) ?? gid;
  return `mode ${bits}, owner ${user}:${group} (${uid}:${gid})`;
}

function nameOf(file: string, id: number): string | undefined {
  return rows(file).find((row) => row[2] === String(id))?.[0];
}

/** A table of the system; in a container it may be missing. */
function rows(file: string): string[][] {
  try {
    return readFileSync(file, "utf8").split("\n").map((line) => line.split(":"));
  } catch {
    return [];
  }
}
