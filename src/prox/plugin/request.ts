// What handlers see of a request, a response and a connection.
import type {
  ConnInfo,
  DisconnectInfo,
  Headers,
  RequestInfo,
  UpstreamResponseInfo,
} from "../messages.ts";
import type { CallScope } from "./scope.ts";

/** A request on one of the plugin's routes. What it does not have is empty, or 0. */
export interface ProxRequest extends Required<RequestInfo> {
  /** Aborted when the host waits no longer, or the plugin's deadline is over. */
  readonly signal: AbortSignal;
  /** The value of a header, whatever the case of its name; undefined if there is none. */
  header(name: string): string | undefined;
  /** The first value of a query parameter, decoded; undefined if there is none. */
  queryParam(name: string): string | undefined;
}

/** What the upstream answered. */
export interface ProxResponse extends UpstreamResponseInfo {
  /** The value of a header, whatever the case of its name; undefined if there is none. */
  header(name: string): string | undefined;
}

/** A connection on one of the plugin's `pass` routes. What it does not have is empty. */
export interface ProxConnection extends Required<ConnInfo> {
  /** Aborted when the host waits no longer, or the plugin's deadline is over. */
  readonly signal: AbortSignal;
}

/** A connection that is over. */
export type ProxDisconnect = Required<DisconnectInfo>;

/** The value of a header, whatever the case of its name. */
export function findHeader(headers: Headers, name: string): string | undefined {
  if (Object.hasOwn(headers, name)) return headers[name];
  const wanted = name.toLowerCase();
  for (const key in headers) {
    if (key.length === wanted.length && key.toLowerCase() === wanted) return headers[key];
  }
  return undefined;
}

class RequestView implements ProxRequest {
  readonly routeId: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly domain: string;
  readonly host: string;
  readonly proto: string;
  readonly remoteAddr: string;
  readonly contentLength: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly matchDomain: string;
  readonly matchGlob: string;
  readonly matchPath: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly target: string;
  readonly #scope: CallScope;

  constructor(info: Required<RequestInfo>, scope: CallScope) {
    // One by one: on Bun `Object.assign` took longer than all else that a call needs.
    this.routeId = info.routeId;
    this.method = info.method;
    this.path = info.path;
    this.query = info.query;
    this.domain = info.domain;
    this.host = info.host;
    this.proto = info.proto;
    this.remoteAddr = info.remoteAddr;
    this.contentLength = info.contentLength;
    this.headers = info.headers;
    this.body = info.body;
    this.matchDomain = info.matchDomain;
    this.matchGlob = info.matchGlob;
    this.matchPath = info.matchPath;
    this.vars = info.vars;
    this.target = info.target;
    this.#scope = scope;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  header(name: string): string | undefined {
    return findHeader(this.headers, name);
  }

  queryParam(name: string): string | undefined {
    return new URLSearchParams(this.query).get(name) ?? undefined;
  }
}

/** A request as handlers see it. */
export function viewRequest(info: Required<RequestInfo>, scope: CallScope): ProxRequest {
  return new RequestView(info, scope);
}

/** A response as handlers see it. */
export function viewResponse(info: UpstreamResponseInfo): ProxResponse {
  return { ...info, header: (name) => findHeader(info.headers, name) };
}

/** A connection as handlers see it. */
export function viewConnection(info: Required<ConnInfo>, scope: CallScope): ProxConnection {
  return {
    ...info,
    get signal() {
      return scope.signal;
    },
  };
}
