// What an event need not ask the gateway twice: which answers hold, and until when.
import type { PdkMethod } from "./functions.ts";
import { knowHeaders, knownHeader, type KnownHeaders } from "./known_headers.ts";
import type { HeaderMap } from "./results.ts";
import { Together } from "./together.ts";
import type { InstanceNotes } from "./notes.ts";
import type { KnownAnswer, Shortcut } from "../engine/turn.ts";
import type { Phase } from "../engine/phases.ts";
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

/** How many answers an event keeps; what is past that is asked each time. */
const MAX_KEPT = 64;

interface Kept {
  readonly method: PdkMethod;
  /** None of these functions takes more than one. */
  readonly argument: unknown;
  readonly holds: Holds;
  readonly answer: Promise<unknown>;
}

/** The answers of one event. They are few, so that looking through all of them is fastest. */
export class EventCache {
  #kept: Kept[] = [];
  #headers: KnownHeaders | undefined;
  /** Questions that may be asked as one, by what their answers hold for. */
  readonly #together: { query: Together | undefined; headers: Together | undefined } = {
    query: undefined,
    headers: undefined,
  };

  /** The answer that is here or on its way. */
  find(method: PdkMethod, argument: unknown): Promise<unknown> | undefined {
    for (const kept of this.#kept) {
      if (kept.method === method && kept.argument === argument) return kept.answer;
    }
    if (method !== "kong.request.get_header" || !this.#headers) return undefined;
    const known = knownHeader(this.#headers, argument);
    return known && Promise.resolve(known.value);
  }

  /** A question that can be asked together with others is to be asked: see `Together.ask`. */
  ask(
    method: PdkMethod,
    name: unknown,
    holds: Holds,
    { notes, phase }: { readonly notes: InstanceNotes; readonly phase: Phase },
  ): KnownAnswer | Shortcut | undefined {
    if (typeof name !== "string") return undefined;
    if (holds !== "query" && holds !== "headers") return undefined;
    return (this.#together[holds] ??= new Together(method, notes.habit(method, phase))).ask(name);
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
    if (everything || changed === "headers") this.#together.headers = undefined;
    if (everything || changed === "query") this.#together.query = undefined;
  }

  #came(kept: Kept, map: HeaderMap): void {
    if (this.#headers?.complete || !this.#kept.includes(kept)) return;
    this.#headers = knowHeaders(map, kept.argument);
  }
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
