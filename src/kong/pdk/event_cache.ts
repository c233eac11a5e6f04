// What an event need not ask the gateway twice: which answers hold, and until when.
import type { PdkMethod } from "./functions.ts";
import type { HeaderMap } from "./results.ts";
import { isPlainObject } from "./values.ts";

/**
 * How long an answer holds: to the event's end, or until the event itself changes what it is made of.
 * Kong keeps one request: `kong.service.request.set_header` changes what
 * `kong.request.get_header` gives from then on.
 */
export type Holds = "event" | "headers" | "method" | "query" | "identity";

/** What a call makes out of date. */
export type Changed = Exclude<Holds, "event"> | "everything";

/**
 * Functions that are asked once an event. What is not here is asked each time: what others can
 * change meanwhile (`ctx.shared`, nginx's variables, secrets, look-ups in a database), everything
 * of the response, and bodies, which would only take up memory.
 */
export const ASKED_ONCE: { readonly [method in PdkMethod]?: Holds } = {
  "kong.client.get_ip": "event",
  "kong.client.get_forwarded_ip": "event",
  "kong.client.get_port": "event",
  "kong.client.get_forwarded_port": "event",
  "kong.client.get_credential": "identity",
  "kong.client.get_consumer": "identity",
  // Believes X-Forwarded-Proto where it may, as the forwarded ones of kong.request do.
  "kong.client.get_protocol": "headers",
  "kong.client.tls.get_full_client_certificate_chain": "event",
  "kong.cluster.get_id": "event",
  "kong.ip.is_trusted": "event",
  "kong.nginx.get_subsystem": "event",
  "kong.nginx.get_tls1_version_str": "event",
  "kong.nginx.req_start_time": "event",
  "kong.node.get_id": "event",
  "kong.node.get_hostname": "event",
  "kong.plugin.get_id": "event",
  "kong.request.get_scheme": "event",
  // Nginx takes a Host header that is set later into account.
  "kong.request.get_host": "headers",
  "kong.request.get_port": "event",
  "kong.request.get_forwarded_scheme": "headers",
  "kong.request.get_forwarded_host": "headers",
  "kong.request.get_forwarded_port": "headers",
  "kong.request.get_forwarded_path": "headers",
  "kong.request.get_forwarded_prefix": "headers",
  "kong.request.get_http_version": "event",
  "kong.request.get_method": "method",
  "kong.request.get_path": "event",
  "kong.request.get_raw_path": "event",
  "kong.request.get_path_with_query": "event",
  "kong.request.get_raw_query": "query",
  "kong.request.get_query_arg": "query",
  "kong.request.get_query": "query",
  "kong.request.get_header": "headers",
  "kong.request.get_headers": "headers",
  "kong.request.get_start_time": "event",
  "kong.request.get_uri_captures": "event",
  "kong.router.get_route": "event",
  "kong.router.get_service": "event",
};

/** Functions that change what answers are made of: those answers are asked for again. */
export const CHANGES: { readonly [method in PdkMethod]?: Changed } = {
  "kong.client.authenticate": "identity",
  // Kong keeps route, consumer and captures in this very context.
  "kong.nginx.set_ctx": "everything",
  "kong.service.request.set_method": "method",
  "kong.service.request.set_raw_query": "query",
  "kong.service.request.set_query": "query",
  "kong.service.request.clear_query_arg": "query",
  "kong.service.request.set_header": "headers",
  "kong.service.request.add_header": "headers",
  "kong.service.request.clear_header": "headers",
  "kong.service.request.set_headers": "headers",
  // Content-Length and Content-Type follow the body.
  "kong.service.request.set_raw_body": "headers",
  "kong.service.request.set_body": "headers",
};

/** How many header lines Kong tells where the plugin does not say. */
const DEFAULT_MAX_HEADERS = 100;

/** How many answers an event keeps; what is past that is asked each time. */
const MAX_KEPT = 64;

interface Kept {
  readonly method: PdkMethod;
  /** None of these functions takes more than one. */
  readonly argument: unknown;
  readonly holds: Holds;
  readonly answer: Promise<unknown>;
}

/** All headers, and what they can be asked for. */
interface KnownHeaders {
  readonly map: HeaderMap;
  /** Whether what is not in the map is not in the request. */
  readonly complete: boolean;
  /** Whether a name has an underscore: Kong takes it for a dash too, and may know two by one name. */
  readonly ambiguous: boolean;
}

/** The answers of one event. They are few, so that looking through all of them is fastest. */
export class EventCache {
  #kept: Kept[] = [];
  #headers: KnownHeaders | undefined;

  /** The answer that is here or on its way. */
  find(method: PdkMethod, argument: unknown): Promise<unknown> | undefined {
    for (const kept of this.#kept) {
      if (kept.method === method && kept.argument === argument) return kept.answer;
    }
    if (method !== "kong.request.get_header" || !this.#headers) return undefined;
    return knownHeader(this.#headers, argument);
  }

  /** Keeps an answer that is on its way; one that fails is forgotten. */
  keep(method: PdkMethod, argument: unknown, holds: Holds, answer: Promise<unknown>): void {
    if (this.#kept.length >= MAX_KEPT) return;
    const kept = { method, argument, holds, answer };
    this.#kept.push(kept);
    const failed = () => {
      this.#kept = this.#kept.filter((other) => other !== kept);
    };
    if (method !== "kong.request.get_headers") answer.then(undefined, failed);
    else answer.then((map) => this.#came(kept, map as HeaderMap), failed);
  }

  /** Forgets what a call has made out of date. */
  forget(changed: Changed): void {
    const everything = changed === "everything";
    this.#kept = everything ? [] : this.#kept.filter(({ holds }) => holds !== changed);
    if (everything || changed === "headers") this.#headers = undefined;
  }

  #came(kept: Kept, map: HeaderMap): void {
    if (this.#headers?.complete || !this.#kept.includes(kept)) return;
    this.#headers = knowHeaders(map, kept.argument);
  }
}

function knowHeaders(map: HeaderMap, max: unknown): KnownHeaders {
  const limit = typeof max === "number" ? max : DEFAULT_MAX_HEADERS;
  let lines = 0;
  let ambiguous = false;
  for (const name in map) {
    lines += map[name]?.length ?? 0;
    ambiguous ||= name.includes("_");
  }
  return { map, complete: lines < limit, ambiguous };
}

/**
 * What get_header would give, undefined if only Kong knows. Of a header that came several times,
 * versions of Kong give the first value or all of them joined.
 */
function knownHeader(known: KnownHeaders, name: unknown): Promise<unknown> | undefined {
  if (typeof name !== "string" || known.ambiguous || name.includes("_")) return undefined;
  const key = name.toLowerCase();
  const values = Object.hasOwn(known.map, key) ? known.map[key] : undefined;
  if (!values) return known.complete ? Promise.resolve(undefined) : undefined;
  const [value] = values;
  return values.length === 1 && typeof value === "string" ? Promise.resolve(value) : undefined;
}

/** A copy of a table that the plugin may change. */
export function copyOf<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) define(copy, name, copyOf(value[name]));
  return copy as Value;
}

/** A header may be called __proto__. */
function define(table: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") table[name] = value;
  else {
    Object.defineProperty(table, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}
