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

class RequestView {
  declare readonly headers: Headers;
  declare readonly query: string;
  readonly #scope: CallScope;

  constructor(info: Required<RequestInfo>, scope: CallScope) {
    this.#scope = scope;
    Object.assign(this, info);
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
  return new RequestView(info, scope) as unknown as ProxRequest;
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
