// Built-in objects that plugins change: found, named, put back.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import process from "node:process";
import { describe, it } from "node:test";
import {
  allowPatches,
  glanceAtBuiltIns,
  inspectBuiltIns,
} from "../../src/runtime/shared/builtins/inspection.ts";

/** Built-ins as a plugin sees them that does not care for types. */
type Loose = Record<string | symbol, unknown>;
const loose = (object: unknown) => object as Loose;
const globals = loose(globalThis);

interface Patch {
  readonly path: string;
  readonly apply: () => void;
  /** Whether an event cannot do without it: then a glance is enough to find it. */
  readonly hot?: boolean;
}

const PATCHES: readonly Patch[] = [
  { path: "Object.prototype.x", apply: () => loose(Object.prototype).x = 1, hot: true },
  {
    path: "Object.prototype.then",
    apply: () =>
      Object.defineProperty(Object.prototype, "then", { value: () => {}, configurable: true }),
    hot: true,
  },
  {
    path: "Promise.prototype.then",
    apply: () =>
      loose(Promise.prototype).then = () => {
        throw new Error("patched");
      },
    hot: true,
  },
  { path: "Promise", apply: () => globals.Promise = class {}, hot: true },
  { path: "Array.prototype.map", apply: () => loose(Array.prototype).map = () => 1, hot: true },
  { path: "Array.prototype.push", apply: () => delete loose(Array.prototype).push, hot: true },
  {
    path: "Array.prototype[Symbol.iterator]",
    apply: () => loose(Array.prototype)[Symbol.iterator] = function* () {},
    hot: true,
  },
  { path: "Array.prototype.findLast", apply: () => loose(Array.prototype).findLast = null },
  { path: "Map.prototype.get", apply: () => loose(Map.prototype).get = () => {}, hot: true },
  {
    path: "Set.prototype.size",
    apply: () => Object.defineProperty(Set.prototype, "size", { get: () => 7 }),
  },
  { path: "JSON.parse", apply: () => loose(JSON).parse = () => ({}), hot: true },
  { path: "JSON", apply: () => globals.JSON = {}, hot: true },
  { path: "Date.now", apply: () => Date.now = () => 0, hot: true },
  { path: "performance.now", apply: () => loose(performance).now = () => 0, hot: true },
  { path: "Uint8Array", apply: () => globals.Uint8Array = Array, hot: true },
  { path: "TypedArray.prototype.set", apply: () => loose(typedArray()).set = () => {}, hot: true },
  { path: "Error", apply: () => globals.Error = class {}, hot: true },
  {
    path: "Error[Symbol.hasInstance]",
    apply: () =>
      Object.defineProperty(Error, Symbol.hasInstance, { value: () => true, configurable: true }),
    hot: true,
  },
  { path: "Error.captureStackTrace", apply: () => loose(Error).captureStackTrace = () => {} },
  {
    path: "String.prototype.split",
    apply: () => loose(String.prototype).split = () => [],
    hot: true,
  },
  { path: "String.prototype.at", apply: () => loose(String.prototype).at = () => "" },
  {
    path: "Function.prototype.call",
    apply: () => loose(Function.prototype).call = () => 1,
    hot: true,
  },
  { path: "Symbol.prototype.toString", apply: () => loose(Symbol.prototype).toString = () => "" },
  { path: "Reflect.ownKeys", apply: () => loose(Reflect).ownKeys = () => [] },
  { path: "Reflect.metadata", apply: () => loose(Reflect).metadata = () => {} },
  { path: "process.nextTick", apply: () => loose(process).nextTick = () => {}, hot: true },
  {
    path: "AsyncLocalStorage.prototype.run",
    apply: () => loose(AsyncLocalStorage.prototype).run = () => {},
    hot: true,
  },
  { path: "Buffer.from", apply: () => loose(Buffer).from = () => {}, hot: true },
  {
    path: "EventEmitter.prototype.emit",
    apply: () => loose(EventEmitter.prototype).emit = () => true,
    hot: true,
  },
  { path: "setTimeout", apply: () => globals.setTimeout = () => {} },
  {
    path: "the prototype of Array.prototype",
    apply: () => Object.setPrototypeOf(Array.prototype, { odd: 1 }),
  },
  {
    path: "the prototype of array iterators.next",
    apply: () => loose(Object.getPrototypeOf([].values())).next = () => ({ done: true }),
  },
];

function typedArray(): object {
  return Object.getPrototypeOf(Uint8Array.prototype);
}

describe("a change of a built-in object", () => {
  for (const { path, apply, hot = false } of PATCHES) {
    it(`is found and put back: ${path}`, () => {
      apply();
      const glance = glanceAtBuiltIns();
      const inspection = glance ?? inspectBuiltIns();
      const again = inspectBuiltIns();
      assert.equal(glance !== undefined, hot, "by a glance");
      assert.deepEqual(inspection, { paths: [path], count: 1, mended: true });
      assert.equal(again, undefined);
    });
  }

  it("is found with all others, of which the first few are named", () => {
    for (let index = 0; index < 9; index++) loose(Object.prototype)[`x${index}`] = index;
    const found = inspectBuiltIns();
    assert.deepEqual(found, {
      paths: [0, 1, 2, 3, 4].map((index) => `Object.prototype.x${index}`),
      count: 9,
      mended: true,
    });
    assert.deepEqual(Object.keys(Object.prototype), []);
  });

  it("is none where libraries set how stacks are written, or a value of a platform's object", () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 3;
    loose(Error).prepareStackTrace = undefined;
    delete loose(Error).prepareStackTrace;
    globals.somethingNew = 1;
    assert.equal(inspectBuiltIns(), undefined);
    Error.stackTraceLimit = stackTraceLimit;
    delete globals.somethingNew;
  });

  it("may be allowed, by its path or that of what has it", () => {
    allowPatches(["Array.prototype.at", "Number"]);
    const original = Array.prototype.at;
    loose(Array.prototype).at = () => "allowed";
    loose(Number).added = 1;
    loose(Array.prototype).atAll = 1;
    assert.deepEqual(inspectBuiltIns()?.paths, ["Array.prototype.atAll"]);
    assert.equal(inspectBuiltIns(), undefined);
    assert.equal([1].at(0), "allowed");
    loose(Array.prototype).at = original;
    delete loose(Number).added;
  });

  it("that is allowed stays, where no loop over the properties of others meets it", () => {
    allowPatches(["Object.prototype.shared", "Object.prototype.get", "Array.prototype.shared"]);
    const met = () => {
      const keys: string[] = [];
      for (const object of [{}, []]) for (const key in object) keys.push(key);
      return keys;
    };
    loose(Object.prototype).shared = "x";
    // A descriptor that is made without care inherits it.
    loose(Object.prototype).get = "x";
    loose(Array.prototype).shared = () => 1;
    assert.equal(met().length, 4);
    assert.equal(glanceAtBuiltIns(), undefined);
    assert.deepEqual(met(), []);
    assert.equal(loose({}).shared, "x");
    assert.equal((loose([]).shared as () => number)(), 1);
    // Also once it is known that some are allowed: a glance finds what comes later.
    delete loose(Object.prototype).shared;
    loose(Object.prototype).shared = "y";
    assert.equal(glanceAtBuiltIns(), undefined);
    assert.deepEqual(met(), []);
    delete loose(Object.prototype).shared;
    delete loose(Object.prototype).get;
    delete loose(Array.prototype).shared;
  });

  it("that is allowed, and that all loops meet for good, is told once", () => {
    allowPatches(["Array.prototype.met"]);
    const { prototype } = Array;
    Object.defineProperty(prototype, "met", { value: 1, enumerable: true });
    assert.deepEqual(inspectBuiltIns(), {
      paths: ["Array.prototype.met"],
      count: 1,
      mended: false,
    });
    assert.equal(inspectBuiltIns(), undefined);
    assert.equal(glanceAtBuiltIns(), undefined);
  });

  it("that cannot be put back is told, once", () => {
    Object.defineProperty(Object, "isNeverUsed", { value: () => true });
    assert.deepEqual(inspectBuiltIns(), {
      paths: ["Object.isNeverUsed"],
      count: 1,
      mended: false,
    });
    assert.equal(inspectBuiltIns(), undefined);
  });
});
