// One connection of a host: calls in, answers out, in the order of the calls.
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { frame, FrameReader } from "../../wire/frames.ts";
import { type HookCall, unmarshalEnvelope } from "../decode.ts";
import { type HookResult, marshalResult } from "../encode.ts";
import { FRAME_BYTES } from "../messages.ts";
import { answerCall, type Hooks } from "./hooks.ts";
import type { ProxPluginLimits } from "./limits.ts";
import { CallScope } from "./scope.ts";

/** Why the signal of a call that was answered is aborted. Made once: a stack takes its time. */
const OVER = new DOMException("The call is over", "AbortError");

type Question = Exclude<HookCall, { readonly hook: "on_disconnect" }>;

/** What a connection works with. */
export interface HookConnectionOptions {
  readonly connection: Connection;
  readonly hooks: Hooks;
  readonly log: Logger;
  readonly limits: Pick<ProxPluginLimits, "waitingCalls" | "unsentBytes">;
}

/** Serves one connection. */
export class HookConnection implements ConnectionEvents {
  readonly #options: HookConnectionOptions;
  readonly #reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
  readonly #waiting: Question[] = [];
  #current: CallScope | undefined;
  #isClosed = false;

  constructor(options: HookConnectionOptions) {
    this.#options = options;
  }

  data(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    try {
      this.#reader.push(chunk);
      while (!this.#isClosed) {
        const bytes = this.#reader.next();
        if (!bytes) return;
        this.#take(bytes);
      }
    } catch (error) {
      this.#options.log.warn("a connection was closed: its bytes make no sense", {
        error: messageOf(error),
        remedy: "Only prox, or a host like it, should talk to this socket.",
      });
      this.destroy();
    }
  }

  closed(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#current?.end(new Error("the host closed the connection that waited for the answer"));
  }

  /** Ends the connection; what is under way on it is lost. */
  destroy(): void {
    this.#options.connection.destroy();
    this.closed();
  }

  #take(bytes: Uint8Array): void {
    const call = unmarshalEnvelope(bytes);
    if (call.hook === "on_disconnect") return void this.#options.hooks.disconnect(call.data);
    const { waitingCalls } = this.#options.limits;
    if (this.#waiting.push(call) > waitingCalls) {
      throw new Error(`more than ${waitingCalls} calls wait for an answer`);
    }
    if (!this.#current) this.#answerAll();
  }

  /** Answers calls in their order, until one takes its time. */
  #answerAll(): void {
    for (let call = this.#waiting.shift(); call; call = this.#waiting.shift()) {
      const { hook } = call;
      this.#current = new CallScope();
      const result = answerCall(this.#options.hooks, call, this.#current);
      if (result instanceof Promise) {
        void result.then((result) => {
          this.#answered(hook, result);
          this.#answerAll();
        });
        return;
      }
      this.#answered(hook, result);
    }
  }

  #answered<H extends keyof HookResult>(hook: H, result: HookResult[H]): void {
    this.#current?.end(OVER);
    this.#current = undefined;
    this.#send(hook, result);
  }

  #send<H extends keyof HookResult>(hook: H, result: HookResult[H]): void {
    if (this.#isClosed) return;
    const { connection, log, limits } = this.#options;
    const bytes = marshalResult(hook, result);
    if (bytes.length > FRAME_BYTES) {
      log.error("an answer is longer than a frame may be: its call fails", {
        hook,
        bytes: bytes.length,
        limit: FRAME_BYTES,
      });
      return this.destroy();
    }
    connection.write(frame(bytes, "big"));
    if (connection.unsentBytes <= limits.unsentBytes) return;
    log.warn("a connection was closed: the host does not read its answers", {
      unsent: connection.unsentBytes,
    });
    this.destroy();
  }
}
