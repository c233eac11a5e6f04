// Users and groups of this machine, and what a file's permissions let them do.
import { readFileSync } from "node:fs";
import { quoted } from "../../base/shell_word.ts";

/** A user with the groups that it is in. */
export interface User {
  readonly name: string;
  readonly id: number;
  /** Its own group first. */
  readonly groups: readonly number[];
}

/** What permissions are read from. */
export interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Permission bits, as for others. Of a directory, ENTER; of a program, RUN. */
export const ENTER = 0o1;
export const RUN = 0o1;
export const WRITE = 0o2;
export const READ = 0o4;

/**
 * A user of /etc/passwd; undefined if there is none.
 *
 * @param wanted its name or number
 */
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

/** The number of a group of /etc/group. */
export function groupId(wanted: string): number | undefined {
  const [, , id] = rows("/etc/group").find(([name]) => name === wanted) ?? [];
  return id === undefined ? undefined : Number(id);
}

/** Whether a user has permissions on a file. Root has all that matter here. */
export function may(user: User, permissions: number, owned: Owned): boolean {
  if (user.id === 0) return true;
  return ((owned.mode >> shiftOf(user, owned)) & permissions) === permissions;
}

/** Whom the system takes a user for, by how far the bits are from those for others. */
function shiftOf({ id, groups }: User, { uid, gid }: Owned): 0 | 3 | 6 {
  return id === uid ? 6 : groups.includes(gid) ? 3 : 0;
}

/** The command that gives a user permissions on a file. */
export function grantCommand(user: User, permissions: number, path: string, owned: Owned): string {
  const file = /^[\w/.:@%+-]+$/.test(path) ? path : quoted(path);
  const bits = ([[READ, "r"], [WRITE, "w"], [ENTER, "x"]] as const)
    .filter(([bit]) => (permissions & bit) !== 0).map(([, letter]) => letter).join("");
  switch (shiftOf(user, owned)) {
    case 6:
      return `chmod u+${bits} ${file}`;
    case 3:
      return `chmod g+${bits} ${file}`;
    case 0:
      return `chgrp ${groupName(user.groups[0]!)} ${file} && chmod g+${bits} ${file}`;
  }
}

/** A file's permissions in words: `mode 0660, owner kong:kong (1000:1000)`. */
export function describeOwner({ mode, uid, gid }: Owned): string {
  const bits = (mode & 0o7777).toString(8).padStart(4, "0");
  return `mode ${bits}, owner ${userName(uid)}:${groupName(gid)} (${uid}:${gid})`;
}

/** A user's name, or its number where it has none. */
export function userName(id: number): string {
  return nameOf("/etc/passwd", id) ?? String(id);
}

/** A group's name, or its number where it has none. */
export function groupName(id: number): string {
  return nameOf("/etc/group", id) ?? String(id);
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
