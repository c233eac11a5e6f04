// What the built-in objects were when gibbon started: finds what was changed since, and puts it back.
//
// It has to work on built-ins that are not what they were: no methods and iterators are used of them,
// but functions that were taken at the start, and loops that count.
import process from "node:process";
import { type BuiltIn, builtIns, FREE_PROPERTIES, GLOBAL_NAMES } from "./catalogue.ts";

/** A change. */
export interface Change {
  /** Such as `Array.prototype.map`, for people. */
  readonly path: string;
  /** Undoes it. Gives whether it is undone. */
  restore(): boolean;
  /**
   * Keeps loops over the properties of other objects from meeting it, which is all that a change that
   * is allowed does to who knows nothing of it. Gives whether they do not meet it.
   */
  hide(): boolean;
}

interface Property {
  readonly key: string | symbol;
  readonly path: string;
  readonly descriptor: PropertyDescriptor;
}

interface Known {
  readonly name: string;
  readonly object: object;
  readonly isOpen: boolean;
  /** Whether only some of its properties are watched. */
  readonly isPart: boolean;
  readonly above: object | null;
  readonly keys: (string | symbol)[];
  /** Those that hold functions, or are accessors; others are data that may change. */
  readonly properties: readonly Property[];
}

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { defineProperty, deleteProperty, setPrototypeOf } = Reflect;
const { apply } = Reflect;
const textOf = String;
const { slice } = String.prototype;

const known: Known[] = [
  know({ name: "globalThis", object: globalThis }, (key) => GLOBAL_NAMES.has(key)),
  know({ name: "process", object: process }, (key) => key === "nextTick"),
  ...builtIns().map((one) => know(one)),
];

/** Watches objects too that gibbon gives to all plugins; they have to be there before any plugin is. */
export function watchToo(objects: readonly BuiltIn[]): void {
  known.push(...objects.map((one) => know(one)));
}

/** @param watches which properties, where it is not all of them; others may come and go then */
function know(
  { name, object, isOpen = false }: BuiltIn,
  watches?: (key: string | symbol) => boolean,
): Known {
  const keys = watches ? ownKeys(object).filter(watches) : ownKeys(object);
  const properties = keys.flatMap((key) => {
    const path = pathOf(name, key);
    const descriptor = getOwnPropertyDescriptor(object, key)!;
    const isFunction = typeof descriptor.value === "function" || !("value" in descriptor);
    // globalThis has objects as well, such as JSON.
    const matters = isFunction || name === "globalThis";
    return matters && !isFree(path) ? [{ key, path, descriptor }] : [];
  });
  const isPart = watches !== undefined;
  return { name, object, isOpen, isPart, above: getPrototypeOf(object), keys, properties };
}

function pathOf(name: string, key: string | symbol): string {
  const text = textOf(key);
  if (name === "globalThis") return text;
  // Symbol(Symbol.iterator) is Symbol.iterator.
  return typeof key === "symbol" ? `${name}[${apply(slice, text, [7, -1])}]` : `${name}.${text}`;
}

/** What is no longer as it was. */
export function findChanges(): Change[] {
  const found: Change[] = [];
  for (let index = 0; index < known.length; index++) {
    const one = known[index]!;
    findChanged(one, found);
    findAdded(one, found);
    if (getPrototypeOf(one.object) !== one.above) {
      found[found.length] = {
        path: `the prototype of ${one.name}`,
        restore: () => setPrototypeOf(one.object, one.above),
        hide: () => true,
      };
    }
  }
  return found;
}

function findChanged({ object, properties }: Known, found: Change[]): void {
  for (let index = 0; index < properties.length; index++) {
    const { key, path, descriptor } = properties[index]!;
    if (!isChanged(object, key, descriptor)) continue;
    found[found.length] = {
      path,
      restore: () => defineProperty(object, key, descriptor),
      hide: () => descriptor.enumerable === true || hide(object, key),
    };
  }
}

/** A descriptor for each would take three times as long. */
function isChanged(object: object, key: string | symbol, was: PropertyDescriptor): boolean {
  if (was.get === undefined && was.set === undefined) {
    return (object as Record<string | symbol, unknown>)[key] !== was.value;
  }
  const now = getOwnPropertyDescriptor(object, key);
  return now === undefined || now.get !== was.get || now.set !== was.set;
}

/** What hides something of the prototype is a change also where the runtime may add. */
function findAdded(one: Known, found: Change[]): void {
  const { name, object, isOpen, isPart, above, keys: before } = one;
  if (isPart) return;
  const keys = ownKeys(object);
  if (keys.length === before.length) return;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    if (has(before, key)) continue;
    const path = pathOf(name, key);
    const isHarmless = isOpen && (above === null || !(key in above));
    if (isHarmless || isFree(path)) before[before.length] = key;
    else {
      found[found.length] = {
        path,
        restore: () => deleteProperty(object, key),
        hide: () => isOpen || hide(object, key),
      };
    }
  }
}

/** It inherits nothing: what was added to all objects would be a part of it. */
const HIDDEN: PropertyDescriptor = Object.assign(Object.create(null), { enumerable: false });

function hide(object: object, key: string | symbol): boolean {
  const now = getOwnPropertyDescriptor(object, key);
  if (now?.enumerable !== true) return true;
  // Nothing but this is changed, whatever else the descriptor says.
  return defineProperty(object, key, HIDDEN);
}

function has(keys: readonly (string | symbol)[], key: string | symbol): boolean {
  for (let index = 0; index < keys.length; index++) if (keys[index] === key) return true;
  return false;
}

function isFree(path: string): boolean {
  return path === FREE_PROPERTIES[0] || path === FREE_PROPERTIES[1];
}
