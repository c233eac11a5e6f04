// Messages of prox's hooks into MessagePack that Go reads.
import { GibbonError } from "../base/errors.ts";
import { encode } from "../wire/msgpack/codec.ts";
import {
  type AuthorizeResult,
  type ConnInfo,
  type ConnResult,
  type DisconnectInfo,
  HOOK_TYPES,
  type HookName,
  type RequestInfo,
  type ResponseModResult,
  type ResponsePair,
} from "./messages.ts";

/** The data that goes with each hook. */
export interface HookData {
  readonly on_request: RequestInfo;
  readonly on_response: ResponsePair;
  readonly on_connect: ConnInfo;
  readonly on_disconnect: DisconnectInfo;
}

/** The answer to each hook; there is none to `on_disconnect`. */
export interface HookResult {
  readonly on_request: AuthorizeResult;
  readonly on_response: ResponseModResult;
  readonly on_connect: ConnResult;
}

type WireMap = Record<string, unknown>;

/** Largest and smallest integers that the encoder does not make a float of. */
const LARGEST = 2 ** 32 - 1;
const SMALLEST = -(2 ** 31);

/** Ends of Go's int64. */
const MOST = 2n ** 63n - 1n;
const LEAST = -(2n ** 63n);

/**
 * Go reads integers only from integers of 64 bits: a fraction is cut off, and what is larger becomes
 * the largest.
 *
 * @throws {GibbonError} PDK_ARGUMENT for Infinity and NaN, which stand for no count
 */
function int(value: number, what: string): number | bigint {
  if (Number.isInteger(value) && value <= LARGEST && value >= SMALLEST) return value;
  if (!Number.isFinite(value)) {
    throw new GibbonError("PDK_ARGUMENT", `${what} is ${value}, and has to be a whole number`);
  }
  const whole = BigInt(Math.trunc(value));
  if (whole > MOST) return MOST;
  if (whole < LEAST) return LEAST;
  return whole <= LARGEST && whole >= SMALLEST ? Number(whole) : whole;
}

function isEmpty(value: unknown): boolean {
  if (!value) return true; // "", 0, false, undefined
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  if (typeof value !== "object") return false;
  for (const _ in value) return false;
  return true;
}

/** Adds what is not empty: Go leaves those keys out too. */
function withOptional(fields: WireMap, optional: WireMap): WireMap {
  for (const key in optional) {
    const value = optional[key];
    if (!isEmpty(value)) fields[key] = value;
  }
  return fields;
}

function requestFields(info: RequestInfo): WireMap {
  return withOptional({
    r: info.routeId,
    m: info.method,
    p: info.path,
    d: info.domain,
    a: info.remoteAddr,
    h: info.headers,
  }, {
    q: info.query,
    ho: info.host,
    pr: info.proto,
    cl: int(info.contentLength ?? 0, "contentLength"),
    bd: info.body,
    md: info.matchDomain,
    mg: info.matchGlob,
    mp: info.matchPath,
    v: info.vars,
    tg: info.target,
  });
}

const DATA_FIELDS: { readonly [H in HookName]: (data: HookData[H]) => WireMap } = {
  on_request: requestFields,
  on_response: ({ req, resp }) => ({
    req: requestFields(req),
    resp: { s: int(resp.status, "status"), h: resp.headers },
  }),
  on_connect: (info) =>
    withOptional(
      { r: info.routeId, d: info.domain, a: info.remoteAddr },
      { md: info.matchDomain, mg: info.matchGlob },
    ),
  on_disconnect: (info) =>
    withOptional({
      r: info.routeId,
      a: info.remoteAddr,
      rx: int(info.bytesRx, "bytesRx"),
      tx: int(info.bytesTx, "bytesTx"),
      ms: int(info.durationMs, "durationMs"),
    }, { tg: info.target }),
};

const RESULT_FIELDS: {
  readonly [H in keyof HookResult]: (result: HookResult[H]) => WireMap;
} = {
  on_request: (result) =>
    withOptional({ ok: result.allow }, {
      dr: result.drop,
      fb: result.fallback,
      s: int(result.status ?? 0, "status"),
      b: result.body,
      h: result.headers,
      sp: result.speedLimit && withOptional({}, {
        dl: result.speedLimit.downloadMbps,
        ul: result.speedLimit.uploadMbps,
        gk: result.speedLimit.groupKey,
      }),
      cq: result.cleanQuery,
      rp: result.rewritePath,
    }),
  on_response: (result) =>
    withOptional({}, {
      s: int(result.status ?? 0, "status"),
      h: result.headers,
      rm: result.remove,
    }),
  on_connect: (result) => ({ ok: result.allow }),
};

/**
 * The envelope of a call: the hook's number, and its data as MessagePack in MessagePack. Not framed.
 */
export function marshalEnvelope<H extends HookName>(hook: H, data: HookData[H]): Uint8Array {
  return encode({ t: HOOK_TYPES[hook], d: encode(DATA_FIELDS[hook](data)) });
}

/** The answer to a call. Not framed. */
export function marshalResult<H extends keyof HookResult>(
  hook: H,
  result: HookResult[H],
): Uint8Array {
  return encode(RESULT_FIELDS[hook](result));
}
