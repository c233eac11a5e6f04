// A described request as it comes in at Kong.
import { Buffer } from "node:buffer";
import { GibbonError } from "../base/errors.ts";
import { nginxRefusal } from "../dev/nginx_checks.ts";
import type { RequestParts } from "../kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../kong/emulator/http/header_list.ts";
import { toLine } from "../kong/emulator/lua/bytes.ts";
import { checkChoice } from "./option_checks.ts";
import type { BodyInit, HeaderInit, TestRequest } from "./options.ts";
import { asBytes } from "./http_messages.ts";

/** Where Kong listens. */
const PORTS = { http: 8000, https: 8443 } as const;

/** A client's port, where a test does not say it. */
const CLIENT_PORT = 54_321;

/** Lines of a head. Text goes out as UTF-8. */
export function describedLines(init: HeaderInit = {}): HeaderLine[] {
  return Object.entries(init).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value): HeaderLine => {
      const line = toLine(String(value));
      // deno-lint-ignore no-control-regex
      if (name === "" || /[\x00-\x20\x7f:]/.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(line)) {
        throw new GibbonError("OPTION_INVALID", `no line of a head can be ${name}: ${value}`, {
          remedy: "Names have no spaces and no colons, and values no control characters.",
        });
      }
      return [toLine(name), line];
    })
  );
}

/** A body as bytes, with the type that it has if nobody says another. */
export function describedBody(
  body: BodyInit | undefined,
): { readonly bytes: Uint8Array; readonly type: string | undefined } {
  if (body === undefined) return { bytes: new Uint8Array(0), type: undefined };
  if (typeof body === "string" || body instanceof Uint8Array) {
    return { bytes: asBytes(body), type: undefined };
  }
  return { bytes: Buffer.from(JSON.stringify(body)), type: "application/json" };
}

/**
 * Reads a description.
 *
 * @throws {GibbonError} OPTION_INVALID for one that is no request of HTTP
 */
export function describedRequest(request: TestRequest): RequestParts {
  const { path = "/", query = {}, tls = {}, httpVersion = 1.1 } = request;
  // There is no handshake without TLS.
  const { scheme = request.phase === "certificate" ? "https" : "http" } = request;
  checkChoice("a scheme", scheme);
  const { bytes, type } = describedBody(request.body);
  const method = request.method ?? (request.body === undefined ? "GET" : "POST");
  const headers = new HeaderList(describedLines(request.headers));
  const setMissing = (name: string, value: string | undefined) => {
    if (value !== undefined && headers.all(name).length === 0) headers.add(name, [value]);
  };
  setMissing("Host", request.host ?? "localhost");
  setMissing("Content-Type", type);
  if (request.body !== undefined) setMissing("Content-Length", String(bytes.length));
  if (!path.startsWith("/") || !/^[A-Z]+$/i.test(method)) {
    throw new GibbonError("OPTION_INVALID", `${method} ${path} is no request`, {
      remedy: "A path begins with a slash, and a method has letters alone.",
    });
  }
  return {
    method,
    target: toLine(withQuery(path, query)),
    headers: headers.lines,
    body: bytes,
    scheme,
    httpVersion,
    client: { ip: request.client?.ip ?? "127.0.0.1", port: request.client?.port ?? CLIENT_PORT },
    server: {
      ip: request.server?.ip ?? "127.0.0.1",
      port: request.server?.port ?? PORTS[scheme],
    },
    ...(scheme === "https"
      ? {
        tls: {
          version: tls.version ?? "TLSv1.3",
          sni: tls.sni,
          ...(tls.clientCertificates === undefined ? {} : { clientChain: tls.clientCertificates }),
        },
      }
      : {}),
  };
}

/** What nginx answers before Kong sees a request; undefined where it passes it on. */
export function nginxAnswer({ method, target, headers = [], httpVersion = 1.1 }: RequestParts) {
  const lines = [...headers];
  const host = lines.find(([name]) => name.toLowerCase() === "host")?.[1];
  return nginxRefusal({ method, target, lines, host, httpVersion: httpVersion.toFixed(1) });
}

function withQuery(path: string, query: NonNullable<TestRequest["query"]>): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) =>
      `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`
    )
  );
  if (pairs.length === 0) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${pairs.join("&")}`;
}
