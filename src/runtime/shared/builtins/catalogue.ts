// The built-in objects that all plugins of a process share, and gibbon with them.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import net from "node:net";
import { Duplex, Readable, Writable } from "node:stream";

/** A built-in object, by the name that people know it by. */
export interface BuiltIn {
  readonly name: string;
  readonly object: object;
  /** Whether the runtime may add to it: it is the platform's, not the language's. */
  readonly isOpen?: boolean;
}

/** Globals whose own properties are watched too, and those of their prototypes. */
const GLOBALS = [
  ...["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Math"],
  ...["JSON", "Reflect", "Promise", "Proxy", "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "Date"],
  ...["RegExp", "Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "Iterator"],
  ...["SyntaxError", "TypeError", "URIError", "ArrayBuffer", "SharedArrayBuffer", "DataView"],
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "Atomics"],
  "FinalizationRegistry",
];

/** The same for those of the platform. */
const PLATFORM = [
  ...["TextEncoder", "TextDecoder", "URL", "URLSearchParams", "Event", "EventTarget"],
  ...["AbortController", "AbortSignal", "Buffer", "performance"],
];

/** Globals that are functions and nothing more. */
const FUNCTIONS = [
  ...["parseInt", "parseFloat", "isNaN", "isFinite", "encodeURI", "encodeURIComponent"],
  ...["decodeURI", "decodeURIComponent", "structuredClone", "queueMicrotask", "setTimeout"],
  ...["clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"],
];

/** Names of the globals that are to stay what they are. */
export const GLOBAL_NAMES: ReadonlySet<string | symbol> = new Set([
  ...GLOBALS,
  ...PLATFORM,
  ...FUNCTIONS,
]);

/** What libraries set for good reasons: how stacks are written, and how long they are. */
export const FREE_PROPERTIES = ["Error.stackTraceLimit", "Error.prepareStackTrace"] as const;

/** All objects that are watched, `globalThis` apart. */
export function builtIns(): BuiltIn[] {
  const named = GLOBALS.flatMap((name) => withPrototype(name, Reflect.get(globalThis, name)));
  const ofPlatform = [
    ...PLATFORM.map((name) => [name, Reflect.get(globalThis, name)] as const),
    ...Object.entries({ EventEmitter, Readable, Writable, Duplex }),
    ...Object.entries({ AsyncLocalStorage, AsyncResource }),
    ["net.Socket", net.Socket] as const,
    ["net.Server", net.Server] as const,
  ].flatMap(([name, object]) => withPrototype(name, object));
  const all: BuiltIn[] = [
    ...named,
    ...hidden(),
    ...ofPlatform.map((one) => ({ ...one, isOpen: true })),
  ];
  // Some go by two names, such as the prototype of performance.
  return [...new Map(all.toReversed().map((one) => [one.object, one])).values()].toReversed();
}

function withPrototype(name: string, value: unknown): BuiltIn[] {
  if (!isObject(value)) return [];
  const prototype: unknown = Reflect.get(value, "prototype");
  if (isObject(prototype)) {
    return [{ name, object: value }, { name: `${name}.prototype`, object: prototype }];
  }
  const above = Reflect.getPrototypeOf(value);
  return above === Object.prototype || above === null
    ? [{ name, object: value }]
    : [{ name, object: value }, { name: `the prototype of ${name}`, object: above }];
}

/** Those that no global leads to: prototypes of iterators, generators and typed arrays. */
function hidden(): BuiltIn[] {
  const above = (value: object) => Reflect.getPrototypeOf(value)!;
  const typedArray = above(Uint8Array);
  return [
    { name: "TypedArray", object: typedArray },
    { name: "TypedArray.prototype", object: above(Uint8Array.prototype) },
    { name: "the prototype of array iterators", object: above([][Symbol.iterator]()) },
    { name: "the prototype of map iterators", object: above(new Map().entries()) },
    { name: "the prototype of set iterators", object: above(new Set().values()) },
    { name: "the prototype of string iterators", object: above(""[Symbol.iterator]()) },
    { name: "the prototype of iterators", object: above(above([][Symbol.iterator]())) },
    { name: "the prototype of generators", object: above(above((function* () {})())) },
    { name: "the prototype of async generators", object: above(above((async function* () {})())) },
    { name: "AsyncFunction.prototype", object: above(async () => {}) },
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
