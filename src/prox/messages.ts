// The messages of prox's hooks, as programs see them. Names are prox's, in TypeScript's manner.

/** The hooks and the numbers that stand for them on the wire. */
export const HOOK_TYPES = {
  on_request: 1,
  on_response: 2,
  on_connect: 3,
  on_disconnect: 4,
} as const;

/** A hook as plugins advertise it. */
export type HookName = keyof typeof HOOK_TYPES;

/** Names of all hooks. */
export const HOOK_NAMES = Object.keys(HOOK_TYPES) as readonly HookName[];

/** Header names and their values. */
export type Headers = Readonly<Record<string, string>>;

/** A request that came in. Text that a route or a request does not have is empty. */
export interface RequestInfo {
  /** The route's id, such as `gateway:0`. */
  readonly routeId: string;
  /** The HTTP method, such as `GET`. */
  readonly method: string;
  /** Decoded: `/a%2Fb` is `/a/b`. */
  readonly path: string;
  /** The query as it came, without `?`. */
  readonly query?: string;
  /** The host that the request is for, without its port. */
  readonly domain: string;
  /** The Host header; it is not among `headers`. */
  readonly host?: string;
  /** Such as `HTTP/1.1`. */
  readonly proto?: string;
  /** Address and port of the client. */
  readonly remoteAddr: string;
  /** Bytes of the body: 0 if there is none, -1 if the client does not say (chunked). */
  readonly contentLength?: number;
  /** The first value of each name. */
  readonly headers: Headers;
  /** The body's beginning: 64 KiB of it at most. prox shows none of GET, HEAD, OPTIONS and DELETE. */
  readonly body?: Uint8Array;
  /** What `*` in the route's domain stood for. */
  readonly matchDomain?: string;
  /** What `**` in the route's domain stood for. */
  readonly matchGlob?: string;
  /** The route's own path pattern. */
  readonly matchPath?: string;
  /** The route's variables. */
  readonly vars?: Readonly<Record<string, string>>;
  /** The upstream that was chosen, where one was. */
  readonly target?: string;
}

/** Bandwidth limits, in megabits a second; 0 or nothing is no limit. */
export interface SpeedLimit {
  readonly downloadMbps?: number;
  readonly uploadMbps?: number;
  /** Connections with the same key share one limit. */
  readonly groupKey?: string;
}

/** A verdict on a request. */
export interface AuthorizeResult {
  readonly allow: boolean;
  /** Close the connection without an answer. Only where `allow` is false. */
  readonly drop?: boolean;
  /** Go on to the route's fallback. Only where `allow` is false. */
  readonly fallback?: boolean;
  /** Status of the answer to a request that is denied; 0 or nothing for the host's own. */
  readonly status?: number;
  /** Body of the answer to a request that is denied; prox adds a line end, and says it is text. */
  readonly body?: string;
  /** Headers of the request upstream if it is allowed, of the answer if it is denied. */
  readonly headers?: Headers;
  readonly speedLimit?: SpeedLimit;
  /** Send the request upstream without its query. */
  readonly cleanQuery?: boolean;
  /** Send the request upstream with this path. */
  readonly rewritePath?: string;
}

/** What the upstream answered. */
export interface UpstreamResponseInfo {
  readonly status: number;
  readonly headers: Headers;
}

/** A request and what the upstream answered to it. */
export interface ResponsePair {
  readonly req: RequestInfo;
  readonly resp: UpstreamResponseInfo;
}

/** What is to be changed in a response. */
export interface ResponseModResult {
  /** The new status; 0 or nothing leaves it as it is. */
  readonly status?: number;
  /** Headers to set. */
  readonly headers?: Headers;
  /** Names of headers to remove. */
  readonly remove?: readonly string[];
}

/** A connection that came in on a route that passes bytes on. */
export interface ConnInfo {
  readonly routeId: string;
  readonly domain: string;
  readonly remoteAddr: string;
  readonly matchDomain?: string;
  readonly matchGlob?: string;
}

/** A verdict on a connection. */
export interface ConnResult {
  readonly allow: boolean;
}

/** A connection that is over. */
export interface DisconnectInfo {
  readonly routeId: string;
  readonly target?: string;
  readonly remoteAddr: string;
  /** Bytes that came from the client. */
  readonly bytesRx: number;
  /** Bytes that went to the client. */
  readonly bytesTx: number;
  /** How long it lasted, in milliseconds. */
  readonly durationMs: number;
}

/** Longest frame on a plugin's socket, in bytes, either way. */
export const FRAME_BYTES = 1 << 20;
