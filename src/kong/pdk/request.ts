// kong.request: the request as the client sent it.
import type { PdkCaller } from "./caller.ts";
import {
  bytesOf,
  capturesOf,
  type HeaderMap,
  headersOf,
  type QueryMap,
  queryOf,
  textOf,
  type UriCaptures,
} from "./results.ts";

/** `kong.request`: the client's request. */
export class KongRequest {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The scheme of the client's URL: `http` or `https`.
   *
   * Phases: rewrite, access, response.
   */
  getScheme(): Promise<string> {
    return this.#caller.call("kong.request.get_scheme");
  }

  /**
   * The host of the client's URL or Host header, in lower case and without a port.
   *
   * Phases: rewrite, access, response.
   */
  getHost(): Promise<string> {
    return this.#caller.call("kong.request.get_host");
  }

  /**
   * The port of Kong that the request came in by.
   *
   * Phases: rewrite, access, response, preread.
   */
  getPort(): Promise<number> {
    return this.#caller.call("kong.request.get_port");
  }

  /**
   * The scheme that the client used with a trusted load balancer in front of Kong
   * (`X-Forwarded-Proto`), else the same as `getScheme`.
   *
   * Phases: rewrite, access, response.
   */
  getForwardedScheme(): Promise<string> {
    return this.#caller.call("kong.request.get_forwarded_scheme");
  }

  /**
   * The host that the client used with a trusted load balancer in front of Kong
   * (`X-Forwarded-Host`), else the same as `getHost`.
   *
   * Phases: rewrite, access, response.
   */
  getForwardedHost(): Promise<string> {
    return this.#caller.call("kong.request.get_forwarded_host");
  }

  /**
   * The port that the client used with a trusted load balancer in front of Kong
   * (`X-Forwarded-Port`), else the same as `getPort`.
   *
   * Phases: rewrite, access, response.
   */
  getForwardedPort(): Promise<number> {
    return this.#caller.call("kong.request.get_forwarded_port");
  }

  /**
   * The path that the client used with a trusted load balancer in front of Kong
   * (`X-Forwarded-Path`), else the request's own.
   *
   * Phases: rewrite, access, response. Since Kong 2.1. Not over ProtoBuf:1.
   */
  getForwardedPath(): Promise<string> {
    return this.#caller.call("kong.request.get_forwarded_path");
  }

  /**
   * The part of the path that Kong, or a trusted load balancer in front of it
   * (`X-Forwarded-Prefix`), has taken off; undefined if none was.
   *
   * Phases: rewrite, access, response. Since Kong 2.2. Not over ProtoBuf:1.
   */
  getForwardedPrefix(): Promise<string | undefined> {
    return this.#caller.call("kong.request.get_forwarded_prefix");
  }

  /**
   * The version of HTTP: 1, 1.1, 2, 3; undefined if there is none.
   *
   * Phases: rewrite, access, response.
   */
  getHttpVersion(): Promise<number | undefined> {
    return this.#caller.call("kong.request.get_http_version");
  }

  /**
   * The request's method, in upper case.
   *
   * Phases: rewrite, access, response.
   */
  getMethod(): Promise<string> {
    return this.#caller.call("kong.request.get_method");
  }

  /**
   * The path as Kong normalised it, without the query.
   *
   * Phases: rewrite, access, response.
   */
  getPath(): Promise<string> {
    return this.#caller.call("kong.request.get_path");
  }

  /**
   * The path as the client sent it, without the query.
   *
   * Phases: rewrite, access, response. Since Kong 3.0.
   */
  getRawPath(): Promise<string> {
    return this.#caller.call("kong.request.get_raw_path");
  }

  /**
   * Path and query as the client sent them.
   *
   * Phases: rewrite, access, response.
   */
  getPathWithQuery(): Promise<string> {
    return this.#caller.call("kong.request.get_path_with_query");
  }

  /**
   * The query as it is in the URL, without `?`; empty if there is none.
   *
   * Phases: rewrite, access, response.
   */
  getRawQuery(): Promise<string> {
    return this.#caller.call("kong.request.get_raw_query");
  }

  /**
   * The decoded value of a query argument, of the first one if it is there several times: true if it
   * has no value (`?flag`), undefined if it is not there.
   *
   * Phases: rewrite, access, response.
   */
  getQueryArg(name: string): Promise<string | true | undefined> {
    return this.#caller.call("kong.request.get_query_arg", [name]);
  }

  /**
   * All query arguments, decoded. What goes beyond the maximum is left out.
   *
   * Phases: rewrite, access, response.
   *
   * @param maxArgs 1 to 1000, 100 if left out
   */
  getQuery(maxArgs?: number): Promise<QueryMap> {
    return this.#caller.read("kong.request.get_query", [maxArgs], queryOf);
  }

  /**
   * A header's value, of the first one if it is there several times; undefined if it is not there.
   * Upper and lower case are the same.
   *
   * Phases: rewrite, access, response, log.
   */
  getHeader(name: string): Promise<string | undefined> {
    return this.#caller.call("kong.request.get_header", [name]);
  }

  /**
   * All headers, names in lower case. What goes beyond the maximum is left out.
   *
   * Phases: rewrite, access, response, log.
   *
   * @param maxHeaders 1 to 1000, 100 if left out
   */
  getHeaders(maxHeaders?: number): Promise<HeaderMap> {
    return this.#caller.read("kong.request.get_headers", [maxHeaders], headersOf);
  }

  /**
   * The body as it was sent; empty if there is none.
   *
   * Nginx puts a body that is larger than its buffer (`client_body_buffer_size`, 8 KiB in Kong) into
   * a file. Kong 3.8 and later read that file, up to `maxFileBytes`; past that, and in Kong 3.0 to
   * 3.7 whenever there is a file, Kong breaks the request off with 500 and never answers. Kong 2
   * answers with an error (PDK_FAILED). Where large bodies are expected, raise the buffer:
   * `nginx_http_client_body_buffer_size`.
   *
   * Phases: rewrite, access, response.
   *
   * @param maxFileBytes the largest file that Kong may read, which stalls its worker for that time;
   * 0 for any size, 15 MiB if left out, as much as fits a message
   */
  getRawBody(maxFileBytes?: number): Promise<Uint8Array | undefined> {
    return this.#caller.read("kong.request.get_raw_body", [maxFileBytes], bytesOf);
  }

  /**
   * The body as text, decoded as UTF-8; see `getRawBody`.
   *
   * Phases: rewrite, access, response.
   */
  getRawBodyText(maxFileBytes?: number): Promise<string | undefined> {
    return this.#caller.read("kong.request.get_raw_body", [maxFileBytes], textOf);
  }

  /**
   * The body decoded by Kong: a form (URL-encoded or multipart) or JSON; undefined if it is neither,
   * or broken, or in a file (see `getRawBody`; Kong 3.8 and later read it if `mimetype` is given).
   * JSON's nulls are null, an empty object may come as an empty array, and JSON that is neither an
   * object nor an array counts as broken: for more exactness parse `getRawBodyText`.
   *
   * Phases: rewrite, access, response. Not over ProtoBuf:1.
   *
   * @param mimetype in place of the Content-Type header; needed for what follows
   * @param maxArgs of a form: 1 to 1000, 100 if left out
   * @param maxFileBytes as in `getRawBody`
   */
  getBody(
    mimetype?: string,
    maxArgs?: number,
    maxFileBytes?: number,
  ): Promise<Record<string, unknown> | unknown[] | undefined> {
    return this.#caller.call("kong.request.get_body", [mimetype, maxArgs, maxFileBytes]);
  }

  /**
   * When the request began, in Unix milliseconds.
   *
   * Phases: rewrite, access, response, log. Since Kong 3.0. Not over ProtoBuf:1.
   */
  getStartTime(): Promise<number> {
    return this.#caller.call("kong.request.get_start_time");
  }

  /**
   * What the regular expression of the route's path captured.
   *
   * Phases: rewrite, access, response, log. Since Kong 3.1.
   */
  getUriCaptures(): Promise<UriCaptures> {
    return this.#caller.read("kong.request.get_uri_captures", [], capturesOf);
  }
}
