// Which room imports from which: the imports of files, by room.
import path from "node:path";
import { readSource } from "./imports.ts";
import { roomOf, ROOMS, type SourceTree } from "./rules.ts";

/** A room and those that it needs. */
export interface Room {
  readonly name: string;
  readonly system: System;
  /** The rooms that its files import from. */
  readonly imports: ReadonlySet<string>;
}

/** What a room belongs to: what all stand on, one of the three systems, or what stands on these. */
export type System = "ground" | "kong" | "prox" | "brpc" | "top";

const SYSTEMS: readonly System[] = ["ground", "kong", "prox", "brpc", "top"];

/**
 * The rooms that have files. Those of one system stand together; otherwise their order is that of
 * the house, so that a room imports only from rooms before it. Entries (`mod.ts`) belong to no room.
 */
export function roomsOf(tree: SourceTree, entries: readonly string[]): Room[] {
  const rooms = new Map<string, Set<string>>();
  for (const [file, source] of tree) {
    const room = entries.includes(file) ? undefined : roomOf(file);
    if (room === undefined) continue;
    const imports = rooms.get(room) ?? new Set();
    rooms.set(room, imports);
    for (const { specifier } of readSource(source).imports) {
      if (!specifier?.startsWith(".")) continue;
      const target = path.posix.join(path.posix.dirname(file), specifier);
      const from = entries.includes(target) ? undefined : roomOf(target);
      if (from !== undefined && from !== room) imports.add(from);
    }
  }
  return ROOMS.flat().flatMap((name) => {
    const imports = rooms.get(name);
    return imports ? [{ name, system: systemOf(name), imports }] : [];
  }).sort((a, b) => SYSTEMS.indexOf(a.system) - SYSTEMS.indexOf(b.system));
}

function systemOf(room: string): System {
  const own = SYSTEMS.find((system) => system === room.split("/")[0]);
  if (own) return own;
  const level = (name: string) => ROOMS.findIndex((rooms) => rooms.includes(name));
  return level(room) < level("kong/engine") ? "ground" : "top";
}
