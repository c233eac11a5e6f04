// kong.client.tls: the client's side of a TLS connection, and mutual TLS.
import type { PdkCaller } from "./caller.ts";

/** `kong.client.tls`: the client's side of TLS. */
export class KongClientTls {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * Asks the client for its certificate, without insisting: whether it came shows in
   * `getFullClientCertificateChain`. True, or undefined if asking failed.
   *
   * Phases: certificate. Since Kong 2.1. Not over ProtoBuf:1.
   */
  requestClientCertificate(): Promise<true | undefined> {
    return this.#caller.call("kong.client.tls.request_client_certificate");
  }

  /**
   * Keeps the client from resuming this TLS session with another connection. True, or undefined if
   * that failed.
   *
   * Phases: certificate. Since Kong 2.1. Not over ProtoBuf:1.
   */
  disableSessionReuse(): Promise<true | undefined> {
    return this.#caller.call("kong.client.tls.disable_session_reuse");
  }

  /**
   * The client's certificate and those that vouch for it, as PEM text; undefined if it sent none,
   * and always in log.
   *
   * Phases: rewrite, access, response, log. Since Kong 2.1. Not over ProtoBuf:1.
   */
  getFullClientCertificateChain(): Promise<string | undefined> {
    return this.#caller.call("kong.client.tls.get_full_client_certificate_chain");
  }

  /**
   * Sets what Kong logs as the result of verifying the client's certificate.
   *
   * Phases: rewrite, access, response. Since Kong 2.1. Not over ProtoBuf:1.
   */
  setClientVerify(v: "SUCCESS" | "NONE" | `FAILED:${string}`): Promise<void> {
    return this.#caller.call("kong.client.tls.set_client_verify", [v]);
  }
}
