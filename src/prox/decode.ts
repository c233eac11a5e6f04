// Messages of prox's hooks out of MessagePack, checked. Nothing that comes in is taken on trust.
import { GibbonError, messageOf } from "../base/errors.ts";
import { decode, decodeNames } from "../wire/msgpack/codec.ts";
import { type ValueLimits, ValueScanner } from "../wire/msgpack/scanner.ts";
import type { HookData, HookResult } from "./encode.ts";
import {
  bool,
  bytes,
  float,
  int,
  isMap,
  map,
  maybeMap,
  text,
  textMap,
  texts,
  type WireMap,
} from "./fields.ts";
import {
  type ConnInfo,
  FRAME_BYTES,
  HOOK_TYPES,
  type HookName,
  type RequestInfo,
  type SpeedLimit,
} from "./messages.ts";

/** Nothing of prox's is nested deeper than four. */
const VALUE_LIMITS: ValueLimits = { messageBytes: FRAME_BYTES, nesting: 16 };

// By hand and not by a schema: these run for every request, and a schema's way through them took
// more time than all else that a call needs.

const readRequest = (wire: WireMap): Required<RequestInfo> => ({
  routeId: text(wire, "r"),
  method: text(wire, "m"),
  path: text(wire, "p"),
  query: text(wire, "q"),
  domain: text(wire, "d"),
  host: text(wire, "ho"),
  proto: text(wire, "pr"),
  remoteAddr: text(wire, "a"),
  contentLength: int(wire, "cl"),
  headers: textMap(wire, "h"),
  body: bytes(wire, "bd"),
  matchDomain: text(wire, "md"),
  matchGlob: text(wire, "mg"),
  matchPath: text(wire, "mp"),
  vars: textMap(wire, "v"),
  target: text(wire, "tg"),
});

const readConnection = (wire: WireMap): Required<ConnInfo> => ({
  routeId: text(wire, "r"),
  domain: text(wire, "d"),
  remoteAddr: text(wire, "a"),
  matchDomain: text(wire, "md"),
  matchGlob: text(wire, "mg"),
});

const DATA: { readonly [H in HookName]: (wire: WireMap) => Required<HookData[H]> } = {
  on_request: readRequest,
  on_response: (wire) => {
    const resp = map(wire, "resp");
    return {
      req: readRequest(map(wire, "req")),
      resp: { status: int(resp, "s"), headers: textMap(resp, "h") },
    };
  },
  on_connect: readConnection,
  on_disconnect: (wire) => ({
    routeId: text(wire, "r"),
    target: text(wire, "tg"),
    remoteAddr: text(wire, "a"),
    bytesRx: int(wire, "rx"),
    bytesTx: int(wire, "tx"),
    durationMs: int(wire, "ms"),
  }),
};

function readSpeed(wire: WireMap | undefined): { readonly speedLimit?: SpeedLimit } {
  if (!wire) return {};
  const [downloadMbps, uploadMbps] = [float(wire, "dl"), float(wire, "ul")];
  return { speedLimit: { downloadMbps, uploadMbps, groupKey: text(wire, "gk") } };
}

const RESULT: { readonly [H in keyof HookResult]: (wire: WireMap) => HookResult[H] } = {
  on_request: (wire) => ({
    allow: bool(wire, "ok"),
    drop: bool(wire, "dr"),
    fallback: bool(wire, "fb"),
    status: int(wire, "s"),
    body: text(wire, "b"),
    headers: textMap(wire, "h"),
    ...readSpeed(maybeMap(wire, "sp")),
    cleanQuery: bool(wire, "cq"),
    rewritePath: text(wire, "rp"),
  }),
  on_response: (wire) => ({
    status: int(wire, "s"),
    headers: textMap(wire, "h"),
    remove: texts(wire, "rm"),
  }),
  on_connect: (wire) => ({ allow: bool(wire, "ok") }),
};

const NAMES: ReadonlyMap<number, HookName> = new Map(
  Object.entries(HOOK_TYPES).map(([name, type]) => [type, name as HookName]),
);

/** A call: the hook with the data that goes with it. */
export type HookCall = {
  readonly [H in HookName]: { readonly hook: H; readonly data: Required<HookData[H]> };
}[HookName];

/**
 * Reads a call from a frame.
 *
 * @throws {GibbonError} PROTOCOL if it is none
 */
export function unmarshalEnvelope(payload: Uint8Array): HookCall {
  const { hook, data } = read("a call", payload, (wire) => {
    const type = int(wire, "t");
    return { hook: NAMES.get(type) ?? refuse(`there is no hook ${type}`), data: bytes(wire, "d") };
  }, decode);
  const reader: (wire: WireMap) => HookCall["data"] = DATA[hook];
  return { hook, data: read(`the data of ${hook}`, data, reader) } as HookCall;
}

/**
 * Reads the answer to a call from a frame. Whatever was left out has its zero value.
 *
 * @throws {GibbonError} PROTOCOL if it is none
 */
export function unmarshalResult<H extends keyof HookResult>(
  hook: H,
  payload: Uint8Array,
): HookResult[H] {
  return read(`the answer to ${hook}`, payload, RESULT[hook]);
}

/**
 * Reads one whole MessagePack map.
 *
 * @param decoder `decode`, which takes less time, for a map without names of others
 */
function read<T>(
  what: string,
  payload: Uint8Array,
  reader: (wire: WireMap) => T,
  decoder: (bytes: Uint8Array) => unknown = decodeNames,
): T {
  try {
    const length = new ValueScanner(VALUE_LIMITS).scan(payload);
    if (length !== payload.length) refuse("it is not one whole MessagePack value");
    const value = decoder(payload);
    return reader(isMap(value) ? value : refuse("it is no map"));
  } catch (error) {
    throw new GibbonError("PROTOCOL", `Wrong: ${what}: ${messageOf(error)}`, { cause: error });
  }
}

function refuse(problem: string): never {
  throw new Error(problem);
}
