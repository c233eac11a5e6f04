// The PDK as plugins for Kong's JavaScript server know it: any name, raw results, functions that can
// be taken apart from their object.
import { Buffer } from "node:buffer";
import { PHASES } from "../engine/phases.ts";
import { wasRefused } from "../engine/unheard.ts";
import { PdkCaller, type PdkEvent } from "./caller.ts";
import { PDK_FUNCTIONS, type PdkFunction } from "./functions.ts";
import { strictTextOf } from "./results.ts";

/**
 * `kong` for a plugin of Kong's JavaScript server. Functions go by their camelCase and by Kong's own
 * names (`getHeader`, `get_header`).
 */
export type KongJs = object;

/**
 * Functions that Kong's JavaScript PDK declares beside those of `PDK_FUNCTIONS`: of Kong Enterprise,
 * and one that gives nothing.
 */
const MORE_METHODS = [
  "kong.client.authenticate_consumer_group_by_consumer_id",
  "kong.client.get_consumer_group",
  "kong.client.get_consumer_groups",
  "kong.client.set_authenticated_consumer_group",
  "kong.client.set_authenticated_consumer_groups",
  "kong.enterprise_edition.jwe.decode",
  "kong.enterprise_edition.jwe.decrypt",
  "kong.enterprise_edition.jwe.encrypt",
  "kong.nginx.shared.get",
  "kong.nginx.shared.set",
  "kong.service.response.get_headers",
];

const UNCHECKED: PdkFunction = { since: "0.0.0", phases: PHASES, params: [] };

type PdkCall = (...args: unknown[]) => Promise<unknown>;

/** A name below `kong`: a function, a namespace, or, like `kong.log`, both. */
interface Name {
  readonly method: string;
  readonly fn: PdkFunction | undefined;
  /** What the names below it are looked up on; it binds them when they are asked for. */
  readonly prototype: object;
  readonly below: Map<string, Name>;
}

/** Where a namespace keeps what its functions call. */
const CALLER = Symbol("caller");

interface Namespace {
  readonly [CALLER]: PdkCaller;
}

const ROOT = nameTree();

/**
 * Makes the `kong` of an event, for a plugin of Kong's JavaScript server.
 *
 * @param caller makes its calls, where somebody watches them
 */
export function createKongJs(event: PdkEvent, caller = new PdkCaller(event)): KongJs {
  return bind(ROOT, caller);
}

function nameTree(): Name {
  const functions = new Map<string, PdkFunction>(Object.entries(PDK_FUNCTIONS));
  for (const method of MORE_METHODS) functions.set(method, UNCHECKED);
  const root = newName("kong", undefined);
  for (const method of functions.keys()) {
    let name = root;
    for (const part of method.split(".").slice(1)) {
      const path = `${name.method}.${part}`;
      name = name.below.get(part) ?? addName(name, part, newName(path, functions.get(path)));
    }
  }
  return root;
}

function newName(method: string, fn: PdkFunction | undefined): Name {
  const prototype = Object.create(fn ? Function.prototype : Object.prototype);
  return { method, fn, prototype, below: new Map() };
}

function addName(parent: Name, part: string, name: Name): Name {
  parent.below.set(part, name);
  for (const spelling of new Set([part, camelCase(part)])) {
    Object.defineProperty(parent.prototype, spelling, {
      get(this: Namespace) {
        return bind(name, this[CALLER]);
      },
    });
  }
  return name;
}

/** `get_tls1_version_str` is `getTls1VersionStr`. */
function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A function or namespace for one event. */
function bind({ method, fn, prototype, below }: Name, caller: PdkCaller): object {
  if (!fn) return belowIt(Object.create(prototype), caller);
  const call = functionOf(method, fn, caller);
  return below.size === 0 ? call : belowIt(Object.setPrototypeOf(call, prototype), caller);
}

function belowIt(namespace: { [CALLER]?: PdkCaller }, caller: PdkCaller): object {
  namespace[CALLER] = caller;
  return namespace;
}

function functionOf(method: string, fn: PdkFunction, caller: PdkCaller): PdkCall {
  if (!fn.options?.bytes) return (...args) => caller.make(method, fn, args);
  return (...args) => {
    const answer = caller.make(method, fn, args);
    if (wasRefused(answer)) return answer;
    const body = answer.then(textOrBuffer);
    body.catch(() => {});
    return body;
  };
}

/** Kong's JavaScript PDK declares bodies as strings; what is not UTF-8 would not survive as one. */
function textOrBuffer(body: unknown): unknown {
  if (!(body instanceof Uint8Array)) return body;
  return strictTextOf(body) ?? Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
