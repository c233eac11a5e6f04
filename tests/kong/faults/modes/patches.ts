// Built-in objects that a plugin changes, which all plugins of a process share with gibbon.
import type { Mode, More, Place } from "./mode.ts";

const THROWS = `() => { throw new Error("patched"); }`;

/** What is changed, by names that end the names of modes. */
const PATCHES: Readonly<Record<string, string>> = {
  "object-prototype": "Object.prototype.polluted = 1;",
  "object-prototype-then": `Object.prototype.then = ${THROWS};`,
  "object-prototype-get": "Object.prototype.get = () => 1; Object.prototype.value = 1;",
  "object-prototype-proto": "delete Object.prototype.__proto__;",
  "object-keys": `Object.keys = Object.entries = ${THROWS};`,
  "object-define-property": `Object.defineProperty = ${THROWS};`,
  "promise-then": `Promise.prototype.then = ${THROWS};`,
  "promise-resolve": `Promise.resolve = ${THROWS};`,
  "promise": `globalThis.Promise = class { constructor() { throw new Error("patched"); } };`,
  "promise-deleted": "delete globalThis.Promise;",
  "array-push": `Array.prototype.push = ${THROWS};`,
  "array-iterator": `Array.prototype[Symbol.iterator] = ${THROWS};`,
  "array-map": `Array.prototype.map = Array.prototype.filter = ${THROWS};`,
  "array-prototype": "Object.setPrototypeOf(Array.prototype, null);",
  "map-get": `Map.prototype.get = ${THROWS};`,
  "map-set": `Map.prototype.set = ${THROWS};`,
  "map-prototype": "Object.setPrototypeOf(Map.prototype, { get: 1 });",
  "set-iterator": `Set.prototype[Symbol.iterator] = ${THROWS};`,
  "json-parse": `JSON.parse = JSON.stringify = ${THROWS};`,
  "json": "globalThis.JSON = undefined;",
  "date-now": "Date.now = () => NaN;",
  "date": "globalThis.Date = class { static now() { return -1; } };",
  "performance-now": "performance.now = () => NaN;",
  "uint8array": `globalThis.Uint8Array = class { constructor() { throw new Error("patched"); } };`,
  "uint8array-set": `Uint8Array.prototype.set = Uint8Array.prototype.subarray = ${THROWS};`,
  "buffer": `Buffer.from = Buffer.alloc = Buffer.allocUnsafe = ${THROWS};`,
  "error": `globalThis.Error = class { constructor() { throw 1; } };`,
  "error-to-string": `Error.prototype.toString = ${THROWS};`,
  "error-has-instance":
    `Object.defineProperty(Error, Symbol.hasInstance, { value: ${THROWS}, configurable: true });`,
  "string": "globalThis.String = () => { throw 1; };",
  "string-slice": `String.prototype.slice = String.prototype.split = ${THROWS};`,
  "reg-exp-exec": `RegExp.prototype.exec = RegExp.prototype.test = ${THROWS};`,
  "function-call": `Function.prototype.call = Function.prototype.apply = ${THROWS};`,
  "function-bind": `Function.prototype.bind = ${THROWS};`,
  "reflect-apply": `Reflect.apply = Reflect.ownKeys = ${THROWS};`,
  "set-timeout": `globalThis.setTimeout = globalThis.clearTimeout = ${THROWS};`,
  "queue-microtask": `globalThis.queueMicrotask = ${THROWS};`,
  "text-decoder": `TextDecoder.prototype.decode = TextEncoder.prototype.encode = ${THROWS};`,
  "event-emitter": `require("node:events").prototype.emit = ${THROWS};`,
  "socket-write": `require("node:net").Socket.prototype.write = ${THROWS};`,
  "abort-controller": `AbortController.prototype.abort = ${THROWS};`,
  "async-storage": `require("node:async_hooks").AsyncLocalStorage.prototype.run = ${THROWS};`,
  "the-pdk": `Object.getPrototypeOf(kong.response).setHeader = ${THROWS};`,
  "the-kong": `Object.defineProperty(Object.getPrototypeOf(kong), "request", { get: ${THROWS} });`,
  "its-own-kong": "kong.response.setHeader = () => { throw 1; };",
};

/** What cannot be put back. */
const LASTING: Readonly<Record<string, string>> = {
  "map-get-for-good":
    `Object.defineProperty(Map.prototype, "get", { value: ${THROWS}, configurable: false, writable: false });`,
  "then-for-good":
    `Object.defineProperty(Promise.prototype, "then", { value: ${THROWS}, configurable: false, writable: false });`,
  "object-prototype-for-good":
    "Object.defineProperty(Object.prototype, 'polluted', { value: 1, enumerable: true, configurable: false });",
};

/** What is made unchangeable as it is harms nobody who does not change it. */
const FROZEN: Readonly<Record<string, string>> = {
  "object-prototype": "Object.freeze(Object.prototype);",
  "array-prototype": "Object.freeze(Array.prototype);",
  "promise-prototype": "Object.freeze(Promise.prototype); Object.freeze(Promise);",
};

/** Those that are tried in every place, and those of the gate. */
const EVERYWHERE = ["promise-then", "array-push", "map-get"];
const QUICK_ONES = [
  "promise-then",
  "array-iterator",
  "map-get",
  "object-prototype-then",
  "uint8array",
];

const IN_PLACES: readonly (readonly [Place, string])[] = [
  ["load", "at-its-top-level"],
  ["init", "in-init"],
  ["awaited", "after-a-call"],
  ["timer", "in-a-timer"],
  ["afterwards", "afterwards"],
];

const MORE: More = { alone: true };

function patch(name: string, acts: Place, code: string, more: More = {}): Mode {
  // One that an event does not need is found later on, when the request is over.
  return { name, acts, code, answers: ["failed", "ok"], ...MORE, ...more };
}

/** Changes of built-in objects. */
export const PATCHED: readonly Mode[] = [
  ...Object.entries(PATCHES).map(([what, code]) =>
    patch(`patches-${what}`, "handler", code, {
      quick: QUICK_ONES.includes(what),
      ...(what === "its-own-kong" ? { silent: true } : {}),
    })
  ),
  ...EVERYWHERE.flatMap((what) =>
    IN_PLACES.map(([acts, where]) => patch(`patches-${where}-${what}`, acts, PATCHES[what]!))
  ),
  ...Object.entries(LASTING).map(([what, code]) =>
    patch(`patches-${what}`, "handler", code, { process: "gone" })
  ),
  ...Object.entries(FROZEN).map(([what, code]) =>
    patch(`freezes-${what}`, "handler", code, { silent: true })
  ),
];
