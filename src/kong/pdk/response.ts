// kong.response: the response that the client gets.
import type { PdkCaller } from "./caller.ts";
import type { HeaderValue, HeaderValues } from "./headers.ts";
import { type HeaderMap, headersOf } from "./results.ts";

/** `kong.response`: the response to the client. */
export class KongResponse {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The status that the client gets.
   *
   * Phases: response, log.
   */
  getStatus(): Promise<number> {
    return this.#caller.call("kong.response.get_status");
  }

  /**
   * The value of a header that the client gets, of the first one if it is there several times;
   * undefined if it is not there.
   *
   * Phases: response, log.
   */
  getHeader(name: string): Promise<string | undefined> {
    return this.#caller.call("kong.response.get_header", [name]);
  }

  /**
   * All headers that the client gets, names in lower case. What goes beyond the maximum is left out.
   *
   * Phases: response, log.
   *
   * @param maxHeaders 1 to 1000, 100 if left out
   */
  getHeaders(maxHeaders?: number): Promise<HeaderMap> {
    return this.#caller.read("kong.response.get_headers", [maxHeaders], headersOf);
  }

  /**
   * Who made the response: the service, a plugin with `exit`, or Kong because of an error.
   *
   * Phases: response, log.
   */
  getSource(): Promise<"service" | "exit" | "error"> {
    return this.#caller.call("kong.response.get_source");
  }

  /**
   * Sets the status of the response.
   *
   * Phases: rewrite, access, response.
   *
   * @param status 100 to 599
   */
  setStatus(status: number): Promise<void> {
    return this.#caller.call("kong.response.set_status", [status]);
  }

  /**
   * Sets a header of the response, in place of those of the same name.
   *
   * Phases: rewrite, access, response.
   */
  setHeader(name: string, value: HeaderValue): Promise<void> {
    return this.#caller.call("kong.response.set_header", [name, value]);
  }

  /**
   * Adds a header to the response, beside those of the same name.
   *
   * Phases: rewrite, access, response.
   */
  addHeader(name: string, value: HeaderValue): Promise<void> {
    return this.#caller.call("kong.response.add_header", [name, value]);
  }

  /**
   * Takes a header off the response, however often it is there.
   *
   * Phases: rewrite, access, response.
   */
  clearHeader(name: string): Promise<void> {
    return this.#caller.call("kong.response.clear_header", [name]);
  }

  /**
   * Sets several headers of the response, in place of those of the same names.
   *
   * Phases: rewrite, access, response.
   */
  setHeaders(headers: HeaderValues): Promise<void> {
    return this.#caller.call("kong.response.set_headers", [headers]);
  }

  /**
   * Ends the request with a response of the plugin's own. It does not return: nothing of the handler
   * runs on, and calls after it send nothing. Calls before it still go out, awaited or not.
   *
   * Kong makes JSON of an object or array, with its Content-Type. On the way there null entries and
   * the difference between `[]` and `{}` are lost (both become `{}`): for exact JSON pass
   * `JSON.stringify(...)` and a `content-type` header.
   *
   * Phases: rewrite, access, response, preread.
   *
   * @param status 100 to 599; in preread 200, 400, 403, 500, 502 or 503
   * @param body sent as it is, unless it is an object or an array
   * @throws {RequestEnded} always; let it pass through `catch` blocks
   */
  exit(
    status: number,
    body?: string | Uint8Array | object,
    headers?: HeaderValues,
  ): never {
    return this.#caller.end("kong.response.exit", [status, body, headers]);
  }

  /**
   * Ends the request with an error, in the format that the client accepts: JSON, HTML, XML or plain
   * text. It does not return, like `exit`.
   *
   * Phases: rewrite, access, response. Since Kong 2.1.
   *
   * @param status 400 to 599
   * @param message Kong's words for the status if left out; needed where headers are given
   * @throws {RequestEnded} always; let it pass through `catch` blocks
   */
  error(status: number, message?: string | object, headers?: HeaderValues): never {
    return this.#caller.end("kong.response.error", [status, message, headers]);
  }
}
