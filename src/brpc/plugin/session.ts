// One connection of a plugin to its hub: the handshake, calls and answers, and the end.
import { GibbonError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { type ConnectOptions, connectTo, type HubAddress, type HubRuntime } from "../address.ts";
import { Link } from "../link.ts";
import {
  type Envelope,
  envelope,
  EnvelopeType,
  ERR_SHUTDOWN,
  HandshakeType,
  METHOD_ASYNC,
  METHOD_SHUTDOWN,
  readEnvelope,
  writeHandshake,
} from "../messages.ts";
import { writePayload } from "../payload.ts";
import { setTimer, type Timer } from "../timer.ts";
import { answer } from "./answer.ts";
import type { HubPluginLimits } from "./limits.ts";
import type { HubPlugin } from "./plugin.ts";

/** Why the signal of a call is aborted. */
const GONE = "the hub is gone";

/** How a session ended. */
export type SessionEnd =
  /** The hub or this side asked for it, and the calls were answered. */
  | { readonly kind: "stopped" }
  /** The hub does not take the plugin. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The connection broke. */
  | { readonly kind: "lost"; readonly reason: string };

/** What a session works with. */
export interface SessionOptions {
  readonly runtime: HubRuntime;
  readonly plugin: HubPlugin;
  readonly log: Logger;
  readonly limits: HubPluginLimits;
}

/** A connection to a hub. */
export class HubSession {
  /** Settles when it is over. */
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #link: Link;
  readonly #gone = new AbortController();
  readonly #log: Logger;
  #settle: (end: SessionEnd) => void = () => {};
  #end: SessionEnd | undefined;
  #underWay = 0;
  #isStopping = false;
  #grace: Timer;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = options.log;
    this.ended = new Promise((resolve) => this.#settle = resolve);
    this.#link = new Link(options.limits, {
      value: (value) => this.#take(readEnvelope(value)),
      closed: (reason) => this.#closed(reason),
    });
  }

  /**
   * Connects and says who this is. The hub does not say whether it takes the plugin.
   *
   * @throws {GibbonError} SOCKET_FAILED, OPTION_INVALID
   */
  static async open(
    options: SessionOptions,
    address: HubAddress,
    how: ConnectOptions,
  ): Promise<HubSession> {
    const session = new HubSession(options);
    const link = session.#link;
    link.open(await connectTo(options.runtime, address, link, how));
    link.send(HandshakeType, writeHandshake(options.plugin.info));
    return session;
  }

  /** Sends a value without being asked; false if it cannot. Throws a TypeError if it is no JSON. */
  readonly async = (value: unknown): boolean => {
    const Payload = writePayload(value);
    if (this.#end || this.#link.isFull || Payload.length > this.#link.payloadBytes) return false;
    this.#link.send(EnvelopeType, envelope({ Method: METHOD_ASYNC, Payload }));
    return true;
  };

  /** Takes no more calls, finishes those under way, and closes. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { graceMs } = this.#options.limits;
    this.#grace = setTimer(() => {
      this.#log.warn("calls were cut off: their grace time is over", { calls: this.#underWay });
      this.#link.destroy();
    }, graceMs);
    this.#leaveIfIdle();
  }

  #take(call: Envelope): void {
    if (call.Method === METHOD_SHUTDOWN) {
      if (call.Error !== "") this.#end ??= { kind: "refused", reason: call.Error };
      return this.stop();
    }
    if (this.#isStopping) return this.#send(call, { Error: ERR_SHUTDOWN });
    const { calls } = this.#options.limits;
    if (this.#underWay >= calls) {
      return this.#send(call, { Error: `${calls} calls are under way already` });
    }
    void this.#answer(call);
  }

  async #answer(call: Envelope): Promise<void> {
    this.#underWay++;
    const ctx = { trace: call.Trace, async: this.async, signal: this.#gone.signal };
    const { plugin } = this.#options;
    this.#send(call, await answer(plugin, call, ctx, this.#log, this.#link.payloadBytes));
    this.#underWay--;
    this.#leaveIfIdle();
  }

  /** An answer that nobody reads is no reason to keep everything: the connection is broken off. */
  #send({ Seq, Trace, Method: called }: Envelope, said: Partial<Envelope>): void {
    if (this.#link.isFull) return this.#link.destroy("the hub does not read its answers");
    // With that method the hub would take the answer for a value, and wait on.
    const Method = called === METHOD_ASYNC ? "" : called;
    this.#link.send(EnvelopeType, envelope({ Seq, Trace, Method, ...said }));
  }

  #leaveIfIdle(): void {
    if (this.#isStopping && this.#underWay === 0) this.#link.end();
  }

  #closed(reason: string | undefined): void {
    clearTimeout(this.#grace);
    this.#end ??= this.#isStopping
      ? { kind: "stopped" }
      : { kind: "lost", reason: reason ?? "the hub hung up" };
    this.#gone.abort(new GibbonError("CALL_FAILED", GONE));
    this.#settle(this.#end);
  }
}
