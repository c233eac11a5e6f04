// One connection of a plugin to its hub: the handshake, calls and answers, and the end.
import { GibbonError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { type ConnectOptions, connectTo, type HubRuntime, type HubTarget } from "../address.ts";
import { Link } from "../link.ts";
import {
  type Envelope,
  envelope,
  EnvelopeType,
  ERR_SHUTDOWN,
  HandshakeType,
  isUnplug,
  METHOD_ASYNC,
  METHOD_SHUTDOWN,
  readEnvelope,
  writeHandshake,
} from "../messages.ts";
import { writePayload } from "../payload.ts";
import { setTimer, type Timer } from "../timer.ts";
import { answer } from "./answer.ts";
import type { HubPluginLimits } from "./limits.ts";
import { type SendAsync, sendAsync } from "./define.ts";
import type { HubPlugin } from "./plugin.ts";

/** Why the signal of a call is aborted. */
const GONE = "the hub is gone";

/** How a session ended. */
export type SessionEnd =
  /** This side asked for it, or the hub wanted this plugin to leave; the calls were answered. */
  | { readonly kind: "stopped" }
  /** The hub said that it ends itself, and the calls were answered. */
  | { readonly kind: "dismissed" }
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
  /** Whether nothing can be sent any more. */
  #isOver = false;
  #settle: (end: SessionEnd) => void = () => {};
  #end: SessionEnd | undefined;
  #underWay = 0;
  #isStopping = false;
  /** Answers for which there is no room, and the bytes of their payloads. */
  readonly #answers: Envelope[] = [];
  #answerBytes = 0;
  /** Who waits until more can be sent. */
  #waiting: ((canSend: boolean) => void)[] = [];
  #grace: Timer;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = options.log;
    this.ended = new Promise((resolve) => this.#settle = resolve);
    this.#link = new Link(options.limits, {
      value: (value) => this.#take(readEnvelope(value)),
      drained: () => this.#drained(),
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
    address: HubTarget,
    how: ConnectOptions,
  ): Promise<HubSession> {
    const session = new HubSession(options);
    const link = session.#link;
    link.open(await connectTo(options.runtime, address, link, how));
    link.send(HandshakeType, writeHandshake(options.plugin.info));
    return session;
  }

  /** Sends values without being asked. */
  readonly async: SendAsync = sendAsync(
    (value) => this.#sendAsync(value),
    () => {
      if (this.#isOver || !this.#link.isFull) return Promise.resolve(!this.#isOver);
      return new Promise((resolve) => this.#waiting.push(resolve));
    },
  );

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

  #sendAsync(value: unknown): boolean {
    const Payload = writePayload(value);
    const { payloadBytes } = this.#link;
    if (Payload.length > payloadBytes) {
      const message = `An async value of ${Payload.length} bytes; ${payloadBytes} are the limit`;
      throw new GibbonError("LIMIT", message, { plugin: this.#options.plugin.info.name });
    }
    if (this.#isOver || this.#link.isFull) return false;
    this.#link.send(EnvelopeType, envelope({ Method: METHOD_ASYNC, Payload }));
    return true;
  }

  #drained(): void {
    while (!this.#link.isFull) {
      const answer = this.#answers.shift();
      if (!answer) break;
      this.#answerBytes -= answer.Payload.length;
      this.#link.send(EnvelopeType, answer);
    }
    this.#leaveIfIdle();
    if (this.#waiting.length === 0) return;
    for (const tell of this.#waiting.splice(0)) tell(!this.#isOver);
  }

  #take(call: Envelope): void {
    if (call.Method === METHOD_SHUTDOWN) {
      if (call.Error !== "") this.#end ??= { kind: "refused", reason: call.Error };
      else if (!this.#isStopping && !isUnplug(call)) this.#end ??= { kind: "dismissed" };
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

  /**
   * Answers wait where the hub takes its time, as with async values that nobody has read. What it does
   * not take in the end is no reason to keep everything: the connection is broken off.
   */
  #send({ Seq, Trace, Method: called }: Envelope, said: Partial<Envelope>): void {
    // With that method the hub would take the answer for a value, and wait on.
    const Method = called === METHOD_ASYNC ? "" : called;
    const answer = envelope({ Seq, Trace, Method, ...said });
    if (!this.#link.isFull) return this.#link.send(EnvelopeType, answer);
    this.#answers.push(answer);
    this.#answerBytes += answer.Payload.length;
    const { calls, unsentBytes } = this.#options.limits;
    if (this.#answers.length > calls || this.#answerBytes > unsentBytes) {
      this.#link.destroy("the hub does not read its answers");
    }
  }

  #leaveIfIdle(): void {
    if (this.#isStopping && this.#underWay === 0 && this.#answers.length === 0) this.#link.end();
  }

  #closed(reason: string | undefined): void {
    clearTimeout(this.#grace);
    this.#isOver = true;
    this.#end ??= this.#isStopping
      ? { kind: "stopped" }
      : { kind: "lost", reason: reason ?? "the hub hung up" };
    this.#gone.abort(new GibbonError("CALL_FAILED", GONE));
    this.#drained();
    this.#settle(this.#end);
  }
}
