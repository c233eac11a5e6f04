// Requests of MsgPack:1 that came in at another worker process and are for an event of this one.
import { decode, encode } from "../../../wire/msgpack/codec.ts";
import type { Limits } from "../../engine/limits.ts";
import type { KongServer } from "../server.ts";
import { blameOthers } from "../../../runtime/shared/builtins/damage.ts";
import { RpcAnswer } from "./answer.ts";
import { readRequest } from "./messages.ts";
import { findMethod } from "./methods.ts";
import { checkOutgoing } from "../outgoing.ts";

/** What an answer has in front of its result, in bytes, at most. */
const HEAD_BYTES = 16;

/** A request that waits for its answer, which goes back to where it came in. */
export class ForwardedStep extends RpcAnswer {
  /** Settles with the result, encoded; rejects with the error to answer with. */
  readonly answered: Promise<Uint8Array>;
  readonly #limits: Limits;
  readonly #settle: { resolve(value: Uint8Array): void; reject(error: unknown): void };
  #gone = false;

  /**
   * Carries out a request.
   *
   * @param bytes the whole message
   */
  constructor(server: KongServer, bytes: Uint8Array) {
    super(server);
    this.#limits = server.options.limits;
    const { promise, ...settle } = Promise.withResolvers<Uint8Array>();
    this.answered = promise;
    this.#settle = settle;
    // As where bytes come in: what others have changed is not the event's.
    blameOthers();
    try {
      this.#carryOut(server, bytes);
    } catch (error) {
      settle.reject(error);
    }
  }

  #carryOut(server: KongServer, bytes: Uint8Array): void {
    const request = readRequest({ value: decode(bytes), bytes });
    if (!request) return this.result(undefined);
    findMethod(request.method)(server, request, this)?.catch(this.#settle.reject);
  }

  override get gone(): boolean {
    return this.#gone;
  }

  override result(value: unknown): void {
    const bytes = encode(value);
    checkOutgoing(bytes.length + HEAD_BYTES, this.#limits);
    this.#settle.resolve(bytes);
  }

  /** Nobody waits for the answer any more. */
  leave(): void {
    this.#gone = true;
    this.result(undefined);
  }
}
