// An exchange: one request with all that becomes of it, until its response is logged.
import { randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Phase } from "../engine/phases.ts";
import type { EntityRecord } from "./entities.ts";
import { acceptedType, errorBody, statusMessage } from "./http/error_body.ts";
import { type HeaderLine, HeaderList } from "./http/header_list.ts";
import { escapePath, joinPaths, splitTarget } from "./http/paths.ts";
import { fromLine, toLine } from "./lua/bytes.ts";
import type { EmulatedNode } from "./node.ts";
import type { PluginEntity } from "./plugin_entity.ts";
import type { RouteMatch } from "./router/router.ts";

/** A request as it came in. Text of HTTP has one character a byte everywhere. */
export interface RequestParts {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  readonly headers?: Iterable<HeaderLine>;
  readonly body?: Uint8Array;
  readonly scheme?: "http" | "https";
  readonly httpVersion?: number;
  readonly client?: { readonly ip: string; readonly port: number };
  readonly server?: { readonly ip: string; readonly port: number };
  /** Of a TLS connection: its version, and the client's certificates as PEM. */
  readonly tls?: {
    readonly version: string;
    readonly clientChain?: string;
    /** The name that the client asked for. */
    readonly sni?: string | undefined;
    /** Whether it is the connection's first request: the certificate phase runs once a handshake. */
    readonly isFirst?: boolean;
  };
}

/** What a service answered. Without buffering nobody sees its body. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body?: Uint8Array;
}

/** How one handler's run ended, and what it did. */
export interface HandlerRun {
  readonly plugin: string;
  readonly phase: Phase;
  /** `skipped`: its server answered with an error, so Kong went on without it. */
  readonly end: "returned" | "exited" | "skipped" | "raised";
  /** Why it was skipped or raised. */
  readonly reason?: string | undefined;
  /** Why the plugin's own server ended the request by this run, where that is known. */
  readonly failure?: string | undefined;
  readonly milliseconds: number;
  /** How many PDK calls it made. */
  readonly calls: number;
}

/** An edit of the log record: `kong.log.set_serialize_value`. */
export interface SerializeEdit {
  readonly key: string;
  readonly value: unknown;
  readonly mode: "set" | "add" | "replace";
}

/** Where a request goes, as plugins can change it. */
export interface UpstreamRequest {
  scheme: string;
  host: string;
  port: number;
  /** Path without a query. */
  path: string;
  /** The `Host` header that a plugin wants; undefined for the one that belongs to the host. */
  hostHeader: string | undefined;
  tlsVerify: boolean | undefined;
  tlsVerifyDepth: number | undefined;
  retries: number;
  /** In milliseconds. */
  timeouts: { connect: number; write: number; read: number };
}

/** Response headers of which there can be only one. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "last-modified",
  "etag",
  "location",
  "server",
  "date",
]);

/** One request and its response, as the PDK sees and changes them. */
export class Exchange {
  readonly node: EmulatedNode;
  readonly requestId: string = randomBytes(16).toString("hex");
  /** Unix milliseconds. */
  readonly startedAt: number = Date.now();
  /** As it came in; what plugins change is in the fields below. */
  readonly original: Required<Omit<RequestParts, "tls" | "headers">> & Pick<RequestParts, "tls">;

  method: string;
  query: string;
  readonly headers: HeaderList;
  body: Uint8Array;
  readonly upstream: UpstreamRequest;
  /** Whether the service's answer is held back until plugins have seen it. */
  buffered = false;

  status = 200;
  readonly responseHeaders: HeaderList = new HeaderList();
  responseBody: Uint8Array | undefined;
  serviceResponse: ServiceResponse | undefined;
  /** How the response came to be, once it did. */
  source: "service" | "exit" | "error" | undefined;

  /** The route that was taken, and the service behind it. */
  route: EntityRecord | undefined;
  service: EntityRecord | undefined;
  /** What the route took off the path, for X-Forwarded-Prefix. */
  strippedPrefix: string | undefined;
  /** Whether somebody in front of Kong has decided where the request goes, whatever the route says. */
  isRedirected = false;
  /** The plugins that are for this request, from the access phase on. */
  plugins: PluginEntity[] | undefined;
  consumer: unknown;
  credential: unknown;
  clientVerify: string | undefined;
  /** Captures of the route's path: numbers from 0 on, or names. */
  readonly captures: Map<number | string, string> = new Map();
  readonly shared: Map<unknown, unknown> = new Map();
  readonly nginxCtx: Map<string, unknown> = new Map();
  readonly serializeEdits: SerializeEdit[] = [];
  readonly runs: HandlerRun[] = [];
  /** In milliseconds; -1 for what did not happen. */
  readonly latencies: { kong: number; proxy: number; request: number } = {
    kong: 0,
    proxy: -1,
    request: 0,
  };
  /** Bytes that went to the client. */
  sentBytes = 0;

  /** The name in the client's `Host`, without its port. */
  readonly clientHost: string;

  constructor(node: EmulatedNode, parts: RequestParts) {
    this.node = node;
    const { path, query } = splitTarget(parts.target);
    this.original = {
      method: parts.method,
      target: query === "" && !parts.target.includes("?") ? path : `${path}?${query}`,
      body: parts.body ?? new Uint8Array(0),
      scheme: parts.scheme ?? "http",
      httpVersion: parts.httpVersion ?? 1.1,
      client: parts.client ?? { ip: "127.0.0.1", port: 0 },
      server: parts.server ?? { ip: "127.0.0.1", port: 8000 },
      ...(parts.tls ? { tls: parts.tls } : {}),
    };
    this.method = parts.method;
    this.query = query;
    this.headers = new HeaderList(parts.headers);
    this.clientHost = this.host;
    this.body = this.original.body;
    this.route = node.router ? undefined : node.route;
    this.service = node.router ? undefined : node.service;
    this.upstream = upstreamFor(node.service, joinPaths(pathOf(node.service), path));
  }

  /** The router has found a route. */
  take({ route, service, prefix, captures, upstreamPath }: RouteMatch): void {
    this.route = route;
    this.service = service;
    this.strippedPrefix = prefix === "/" ? undefined : prefix;
    for (const [name, text] of captures) this.captures.set(name, text);
    if (this.isRedirected) return;
    const { hostHeader, tlsVerify, tlsVerifyDepth } = this.upstream;
    Object.assign(this.upstream, upstreamFor(service, toLine(escapePath(fromLine(upstreamPath)))));
    this.upstream.tlsVerify ??= tlsVerify;
    this.upstream.tlsVerifyDepth ??= tlsVerifyDepth;
    const isKept = route.preserve_host === true;
    this.upstream.hostHeader = isKept ? this.headers.get("host") : hostHeader;
  }

  /** The name in the `Host` header, without its port: a plugin may have changed it. */
  get host(): string {
    const header = this.headers.get("host") ?? "";
    return header.replace(/:\d*$/, "").toLowerCase();
  }

  /** The service has answered. */
  receive(response: ServiceResponse): void {
    this.serviceResponse = response;
    this.source = "service";
    this.status = response.status;
    this.responseBody = response.body;
    const names = new Set(response.headers.lines.map(([name]) => name.toLowerCase()));
    for (const name of names) {
      const lines = response.headers.lines.filter(([other]) => other.toLowerCase() === name);
      const values = lines.map(([, value]) => value);
      // Kong copies a buffered response by name; nginx adds its lines to those that are there.
      if (this.buffered || SINGLE_HEADERS.has(name)) {
        this.responseHeaders.set(lines[0]![0], values);
      } else this.responseHeaders.add(lines[0]![0], values);
    }
  }

  /** Kong itself answers, as something went wrong. */
  fail(status: number, message: string = statusMessage(status)): void {
    this.source = "error";
    this.status = status;
    this.responseHeaders.remove("Content-Encoding");
    // Kong answers a client that does not say what it reads in plain text.
    const accept = this.headers.get("accept");
    const type = accept === undefined ? "text/plain; charset=utf-8" : acceptedType(accept);
    this.setBody(Buffer.from(errorBody(type, message, this.requestId)), type);
  }

  /** Puts a body into the response. */
  setBody(body: Uint8Array, type?: string): void {
    this.responseBody = body;
    if (type !== undefined) this.responseHeaders.set("Content-Type", [type]);
    this.responseHeaders.set("Content-Length", [String(body.length)]);
  }
}

const pathOf = (service: EntityRecord | undefined) => service?.path as string | undefined;

function upstreamFor(service: EntityRecord | undefined, path: string): UpstreamRequest {
  return {
    scheme: service?.protocol === "https" ? "https" : "http",
    host: String(service?.host ?? "").replace(/^\[|\]$/g, ""),
    port: Number(service?.port ?? 80),
    path,
    hostHeader: undefined,
    tlsVerify: service?.tls_verify as boolean | undefined,
    tlsVerifyDepth: service?.tls_verify_depth as number | undefined,
    retries: Number(service?.retries ?? 5),
    timeouts: {
      connect: Number(service?.connect_timeout ?? 60_000),
      write: Number(service?.write_timeout ?? 60_000),
      read: Number(service?.read_timeout ?? 60_000),
    },
  };
}
