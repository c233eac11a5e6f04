// kong.service.response: the response as it came from the service.
import type { PdkCaller } from "./caller.ts";
import { bytesOf, textOf } from "./results.ts";

/**
 * `kong.service.response`: the service's response. In log Kong has it only if it was buffered: where a
 * plugin of the request has a response handler, or called `kong.service.request.enableBuffering`, and
 * the request got to the service. Whether it was is asked first, which takes a call more; if it was
 * not, calls are refused with PDK_PHASE. (Kong before 2.3 cannot tell, so there they are refused.)
 */
export class KongServiceResponse {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The service's status; undefined if the request was not proxied.
   *
   * Phases: response, log.
   */
  getStatus(): Promise<number | undefined> {
    return this.#caller.call("kong.service.response.get_status");
  }

  /**
   * The value of a header of the service's, of the first one if it is there several times; undefined
   * if it is not there. For all headers there is only `kong.response.getHeaders`.
   *
   * Phases: response, log.
   */
  getHeader(name: string): Promise<string | undefined> {
    return this.#caller.call("kong.service.response.get_header", [name]);
  }

  /**
   * The body as the service sent it.
   *
   * Phases: response, log.
   */
  getRawBody(): Promise<Uint8Array | undefined> {
    return this.#caller.read("kong.service.response.get_raw_body", [], bytesOf);
  }

  /**
   * The body as text, decoded as UTF-8.
   *
   * Phases: response, log.
   */
  getRawBodyText(): Promise<string | undefined> {
    return this.#caller.read("kong.service.response.get_raw_body", [], textOf);
  }

  /**
   * The body decoded by Kong: a form (URL-encoded or multipart) or JSON; undefined if it is neither,
   * or broken. An empty object may come as an empty array.
   *
   * Phases: response, log. Not over ProtoBuf:1.
   *
   * @param mimetype in place of the Content-Type header; needed for what follows
   * @param maxArgs of a form: 1 to 1000, 100 if left out
   */
  getBody(
    mimetype?: string,
    maxArgs?: number,
  ): Promise<Record<string, unknown> | unknown[] | undefined> {
    return this.#caller.call("kong.service.response.get_body", [mimetype, maxArgs]);
  }
}
