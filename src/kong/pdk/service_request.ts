// kong.service.request: the request that Kong sends to the service.
import type { PdkCaller } from "./caller.ts";
import type { HeaderValue, HeaderValues } from "./headers.ts";

type QueryValue = string | number | boolean;

/**
 * Query arguments by name: true gives an argument without a value, false leaves it out, several
 * values give it several times.
 */
export type QueryValues = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;

/** `kong.service.request`: the request to the service. */
export class KongServiceRequest {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * Makes Kong collect the whole response before anything of it goes to the client, so that
   * `kong.service.response` has its body. A plugin with a response handler has that anyway.
   *
   * Phases: rewrite, access. Not over ProtoBuf:1.
   */
  enableBuffering(): Promise<void> {
    return this.#caller.call("kong.service.request.enable_buffering");
  }

  /**
   * Sets the scheme.
   *
   * Phases: rewrite, access.
   */
  setScheme(scheme: "http" | "https"): Promise<void> {
    return this.#caller.call("kong.service.request.set_scheme", [scheme]);
  }

  /**
   * Sets the path, without the query. Kong escapes what has to be.
   *
   * Phases: rewrite, access.
   *
   * @param path starts with `/`
   */
  setPath(path: string): Promise<void> {
    return this.#caller.call("kong.service.request.set_path", [path]);
  }

  /**
   * Sets the query as it will be in the URL, without `?`.
   *
   * Phases: rewrite, access.
   */
  setRawQuery(query: string): Promise<void> {
    return this.#caller.call("kong.service.request.set_raw_query", [query]);
  }

  /**
   * Sets the method.
   *
   * Phases: rewrite, access.
   *
   * @param method in upper case; one of HTTP's or WebDAV's
   */
  setMethod(method: string): Promise<void> {
    return this.#caller.call("kong.service.request.set_method", [method]);
  }

  /**
   * Sets the query, in place of the one that is there. Kong encodes it and sorts it by name.
   *
   * Phases: rewrite, access.
   */
  setQuery(args: QueryValues): Promise<void> {
    return this.#caller.call("kong.service.request.set_query", [args]);
  }

  /**
   * Takes an argument off the query, however often it is there.
   *
   * Phases: rewrite, access. Since Kong 3.9. Not over ProtoBuf:1.
   */
  clearQueryArg(name: string): Promise<void> {
    return this.#caller.call("kong.service.request.clear_query_arg", [name]);
  }

  /**
   * Sets a header, in place of those of the same name. With `Host`, TLS asks for that name too.
   *
   * Phases: rewrite, access.
   */
  setHeader(header: string, value: HeaderValue): Promise<void> {
    return this.#caller.call("kong.service.request.set_header", [header, value]);
  }

  /**
   * Adds a header beside those of the same name.
   *
   * Phases: rewrite, access.
   */
  addHeader(header: string, value: HeaderValue): Promise<void> {
    return this.#caller.call("kong.service.request.add_header", [header, value]);
  }

  /**
   * Takes a header off, however often it is there.
   *
   * Phases: rewrite, access.
   */
  clearHeader(header: string): Promise<void> {
    return this.#caller.call("kong.service.request.clear_header", [header]);
  }

  /**
   * Sets several headers, in place of those of the same names.
   *
   * Phases: rewrite, access.
   */
  setHeaders(headers: HeaderValues): Promise<void> {
    return this.#caller.call("kong.service.request.set_headers", [headers]);
  }

  /**
   * Sets the body, and Content-Length with it.
   *
   * Phases: rewrite, access.
   */
  setRawBody(body: string | Uint8Array): Promise<void> {
    return this.#caller.call("kong.service.request.set_raw_body", [body]);
  }

  /**
   * Sets the body as a form or JSON that Kong encodes, and Content-Type with it. True, or undefined
   * if there is no type. Of JSON the limits of `kong.response.exit` hold here too.
   *
   * Phases: rewrite, access. Not over ProtoBuf:1.
   *
   * @param mimetype `application/json`, `application/x-www-form-urlencoded` or `multipart/form-data`;
   * the request's own if left out, and if that is another one Kong never answers
   */
  setBody(args: object, mimetype?: string): Promise<true | undefined> {
    return this.#caller.call("kong.service.request.set_body", [args, mimetype]);
  }

  /**
   * Keeps Kong from using TLS with the service of a stream. True, or undefined if that failed.
   *
   * Phases: preread. Not over ProtoBuf:1.
   */
  disableTls(): Promise<true | undefined> {
    return this.#caller.call("kong.service.request.disable_tls");
  }
}
