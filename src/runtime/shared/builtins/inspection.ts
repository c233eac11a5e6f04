// Inspects the built-in objects, and puts back what a plugin has changed of them.
import { looksIntact, meetsAdded } from "./glance.ts";
import { type Change, findChanges } from "./snapshot.ts";

/** What was done to the built-in objects. */
export interface Damage {
  /** Such as `Array.prototype.map`; the first few of them. */
  readonly paths: readonly string[];
  /** How many there are. */
  readonly count: number;
  /** Whether all is as it was; what was made unchangeable cannot be put back. */
  readonly mended: boolean;
}

/** Properties that plugins may change: by the path of each, or of the object that has them. */
export type AllowedPatches = true | readonly string[];

/** Paths that are told of one damage. */
const MOST_PATHS = 5;

const { apply } = Reflect;
const { startsWith } = String.prototype;

let allAllowed = false;
const allowed: string[] = [];
/** Whether a glance says enough: nothing that it looks at was changed by who may. */
let glances = true;
/** Whether something was added to all objects for good, which was told. */
let isMet = false;

/** Lets plugins change something from now on. There is one set of built-ins for all of a process. */
export function allowPatches(patches: AllowedPatches): void {
  if (patches === true) {
    allAllowed = true;
    glances = false;
    return;
  }
  for (let index = 0; index < patches.length; index++) allowed[allowed.length] = patches[index]!;
}

/**
 * Inspects all of them: some 100 microseconds. What was changed and may be stays, but loops over the
 * properties of other objects no longer meet it: codecs and schemas of others are full of those.
 */
export function inspectBuiltIns(): Damage | undefined {
  const changes = findChanges();
  const paths: string[] = [];
  let count = 0;
  let mended = true;
  for (let index = 0; index < changes.length; index++) {
    const change = changes[index]!;
    if (isAllowed(change)) {
      glances = false;
      if (isMet || change.hide()) continue;
      isMet = true;
      mended = false;
    } else if (!change.restore()) {
      mended = false;
      // Once is enough.
      allowed[allowed.length] = change.path;
    }
    if (count++ < MOST_PATHS) paths[paths.length] = change.path;
  }
  return count === 0 ? undefined : { paths, count, mended };
}

/**
 * Looks at those that an event needs: for the way of every event. Where patches of these are allowed
 * it sees nothing but what was added to all objects.
 */
export function glanceAtBuiltIns(): Damage | undefined {
  const looksWell = glances ? looksIntact() : isMet || !meetsAdded();
  return looksWell ? undefined : inspectBuiltIns();
}

function isAllowed({ path }: Change): boolean {
  if (allAllowed) return true;
  for (let index = 0; index < allowed.length; index++) {
    const one = allowed[index]!;
    if (
      path === one || apply(startsWith, path, [`${one}.`]) || apply(startsWith, path, [`${one}[`])
    ) {
      return true;
    }
  }
  return false;
}
