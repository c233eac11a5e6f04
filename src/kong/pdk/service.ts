// kong.service: where and how the request is proxied to.
import type { PdkCaller } from "./caller.ts";
import { KongServiceRequest } from "./service_request.ts";
import { KongServiceResponse } from "./service_response.ts";

/** `kong.service`: the connection to the service. */
export class KongService {
  readonly #caller: PdkCaller;
  #request: KongServiceRequest | undefined;
  #response: KongServiceResponse | undefined;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /** The request that goes to the service. */
  get request(): KongServiceRequest {
    return this.#request ??= new KongServiceRequest(this.#caller);
  }

  /** The response that came from the service. */
  get response(): KongServiceResponse {
    return this.#response ??= new KongServiceResponse(this.#caller);
  }

  /**
   * Sends the request to a target of an Upstream. True, or undefined if there is none of that name.
   *
   * Phases: access.
   *
   * @param host the Upstream's name
   */
  setUpstream(host: string): Promise<true | undefined> {
    return this.#caller.call("kong.service.set_upstream", [host]);
  }

  /**
   * Sends the request to a host and port, past load balancing and health checks.
   *
   * Phases: access, preread.
   *
   * @param host a name or an address
   */
  setTarget(host: string, port: number): Promise<void> {
    return this.#caller.call("kong.service.set_target", [host, port]);
  }

  /**
   * Sets how often Kong tries again if the service does not answer.
   *
   * Phases: access. Since Kong 3.8. Not over ProtoBuf:1.
   *
   * @param retries 0 to 32767
   */
  setRetries(retries: number): Promise<void> {
    return this.#caller.call("kong.service.set_retries", [retries]);
  }

  /**
   * Sets how long Kong waits for the service, in milliseconds.
   *
   * Phases: access. Since Kong 3.8. Not over ProtoBuf:1.
   */
  setTimeouts(connectTimeout: number, writeTimeout: number, readTimeout: number): Promise<void> {
    return this.#caller.call("kong.service.set_timeouts", [
      connectTimeout,
      writeTimeout,
      readTimeout,
    ]);
  }

  /**
   * Sets whether the service's certificate is verified. True, or undefined if that failed.
   *
   * Phases: rewrite, access, preread. Since Kong 2.1. Not over ProtoBuf:1.
   */
  setTlsVerify(on: boolean): Promise<true | undefined> {
    return this.#caller.call("kong.service.set_tls_verify", [on]);
  }

  /**
   * Sets how long the chain of certificates above the service's may be. True, or undefined if that
   * failed.
   *
   * Phases: rewrite, access, preread. Since Kong 2.1. Not over ProtoBuf:1.
   */
  setTlsVerifyDepth(depth: number): Promise<true | undefined> {
    return this.#caller.call("kong.service.set_tls_verify_depth", [depth]);
  }
}
