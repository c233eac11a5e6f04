// kong.client: who is at the other end of the connection, and who they have proved to be.
import type { PdkCaller } from "./caller.ts";
import { KongClientTls } from "./client_tls.ts";
import type { Consumer, Credential } from "./entities.ts";
import { recordOf } from "./results.ts";

/** `kong.client`: the client, its consumer and credential. */
export class KongClient {
  readonly #caller: PdkCaller;
  #tls: KongClientTls | undefined;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /** The client's side of TLS. */
  get tls(): KongClientTls {
    return this.#tls ??= new KongClientTls(this.#caller);
  }

  /**
   * The address of who connected to Kong: a load balancer's, if there is one in front.
   *
   * Phases: rewrite, access, response, preread.
   */
  getIp(): Promise<string> {
    return this.#caller.call("kong.client.get_ip");
  }

  /**
   * The client's address as a trusted load balancer in front of Kong told it (Kong's `trusted_ips`,
   * `real_ip_header`), else the same as `getIp`.
   *
   * Phases: rewrite, access, response, preread.
   */
  getForwardedIp(): Promise<string> {
    return this.#caller.call("kong.client.get_forwarded_ip");
  }

  /**
   * The port of who connected to Kong.
   *
   * Phases: rewrite, access, response, preread.
   */
  getPort(): Promise<number> {
    return this.#caller.call("kong.client.get_port");
  }

  /**
   * The client's port as a trusted load balancer in front of Kong told it, else the same as `getPort`.
   *
   * Phases: rewrite, access, response, preread.
   */
  getForwardedPort(): Promise<number> {
    return this.#caller.call("kong.client.get_forwarded_port");
  }

  /**
   * The credential that the request was authenticated with, undefined if it was not. Over ProtoBuf:1
   * it is `id` and `consumer_id` alone; what Kong leaves out of that, the request's consumer tells.
   *
   * Phases: access, response, log.
   */
  getCredential(): Promise<Credential | undefined> {
    return this.#caller.read(
      "kong.client.get_credential",
      [],
      (value) => this.#owned(credentialOf(value)),
    );
  }

  /**
   * Looks a consumer up in Kong's database or cache; undefined if there is none, or from Kong 3.0 on
   * if the look-up failed.
   *
   * Phases: access, response, log.
   *
   * @param consumerId UUID
   * @param searchByUsername take `consumerId` for a username if it is no consumer's id
   */
  loadConsumer(consumerId: string, searchByUsername?: boolean): Promise<Consumer | undefined> {
    const args = [consumerId, searchByUsername];
    return this.#caller.read("kong.client.load_consumer", args, consumerOf);
  }

  /**
   * The consumer that the request was authenticated as, undefined if it was not.
   *
   * Phases: access, response, log.
   */
  getConsumer(): Promise<Consumer | undefined> {
    return this.#caller.read("kong.client.get_consumer", [], consumerOf);
  }

  /**
   * Sets the request's consumer and credential; what is left out is cleared. A credential without a
   * consumer cannot be set: arguments behind a nil get lost on their way to Kong.
   *
   * Phases: access.
   *
   * @param credential with the fields that its kind has; `id` and `consumer_id` are logged
   */
  authenticate(consumer: Partial<Consumer>, credential?: object): Promise<void> {
    return this.#caller.call("kong.client.authenticate", [consumer, credential]);
  }

  /**
   * The protocol of the route: `http`, `https`, `grpc`, `tcp`, `tls` ...; undefined if no route
   * matched. Of a route for both `http` and `https`, the one that the client used.
   *
   * Phases: access, response.
   *
   * @param allowTerminated believe `X-Forwarded-Proto` of a trusted load balancer
   */
  getProtocol(allowTerminated?: boolean): Promise<string | undefined> {
    return this.#caller.call("kong.client.get_protocol", [allowTerminated]);
  }

  /** A credential with its consumer. Kong's message for it has no room for what most kinds have. */
  async #owned(credential: Credential | undefined): Promise<Credential | undefined> {
    if (!isBare(credential)) return credential;
    const consumer = await this.getConsumer();
    return consumer?.id === undefined ? credential : { ...credential, consumer_id: consumer.id };
  }
}

/** Whether it is an id and nothing else. */
function isBare(credential: Credential | undefined): boolean {
  return credential?.id !== undefined && Object.keys(credential).length === 1;
}

function consumerOf(value: unknown): Consumer | undefined {
  return recordOf(value, [], ["tags"]) as Consumer | undefined;
}

function credentialOf(value: unknown): Credential | undefined {
  return recordOf(value, [], ["tags"]) as Credential | undefined;
}
