// A plugin as the hub has it: its name, its connection, and the calls under way on it.
import { type ErrorDetails, GibbonError } from "../../base/errors.ts";
import type { Link } from "../link.ts";
import {
  type Envelope,
  envelope,
  EnvelopeType,
  ERR_METHOD_NOT_FOUND,
  ERR_SHUTDOWN,
  METHOD_ASYNC,
  METHOD_SHUTDOWN,
  type PluginInfo,
  RESERVED_METHODS,
  UNPLUGGED,
} from "../messages.ts";
import { setTimer, type Timer } from "../timer.ts";
import { type CallPatience, PendingCalls } from "./calls.ts";
import type { HubLimits } from "./limits.ts";

/** Longest method and trace id together, in characters: a payload's message has room for them. */
const HEAD_CHARACTERS = 1024;

/** @throws {GibbonError} LIMIT if method and trace id are too long together */
export function checkHead(method: string, trace: string): void {
  if (method.length + trace.length <= HEAD_CHARACTERS) return;
  throw new GibbonError("LIMIT", `Method and trace id of more than ${HEAD_CHARACTERS} characters`);
}

/** @throws {GibbonError} LIMIT if a payload is longer than that, in bytes */
export function checkLength(payload: Uint8Array, most: number, details: ErrorDetails): void {
  if (payload.length <= most) return;
  const message = `A payload of ${payload.length} bytes; ${most} are the limit`;
  throw new GibbonError("LIMIT", message, details);
}

/**
 * Makes something of what a method gave.
 *
 * @throws {GibbonError} CALL_FAILED
 */
export function readAnswer<T>(
  answer: Uint8Array,
  plugin: string,
  method: string,
  read: (answer: Uint8Array) => T,
): T {
  try {
    return read(answer);
  } catch (cause) {
    throw new GibbonError("CALL_FAILED", `${plugin} answered with what is no JSON`, {
      plugin,
      phase: method,
      cause,
    });
  }
}

/** A connected plugin. */
export class Plugged {
  readonly info: PluginInfo;
  /** Settles when its connection is closed. */
  readonly gone: Promise<void>;
  readonly #link: Link;
  readonly #limits: HubLimits;
  readonly #takeAsync: (payload: Uint8Array) => void;
  readonly #calls = new PendingCalls();
  #leave = () => {};
  #isStopping = false;
  #isCutOff = false;
  #grace: Timer;

  /** @param takeAsync takes the payloads of its async values, and may pause the connection */
  constructor(
    info: PluginInfo,
    link: Link,
    limits: HubLimits,
    takeAsync: (payload: Uint8Array) => void,
  ) {
    this.info = info;
    this.#link = link;
    this.#limits = limits;
    this.#takeAsync = takeAsync;
    this.gone = new Promise((resolve) => this.#leave = resolve);
  }

  /** Whether it leaves because it was told to, and did so in time. */
  get isGraceful(): boolean {
    return this.#isStopping && !this.#isCutOff;
  }

  /** Calls under way. */
  get calls(): number {
    return this.#calls.size;
  }

  /**
   * Calls a method.
   *
   * @param payload JSON, or no bytes for nothing
   * @param read makes something of the answer's payload
   * @throws {GibbonError} DRAINING, LIMIT, CALL_FAILED, DEADLINE; the signal's reason
   */
  async call<T>(
    method: string,
    payload: Uint8Array,
    trace: string,
    patience: CallPatience,
    read: (answer: Uint8Array) => T,
  ): Promise<T> {
    const { name } = this.info;
    const fail = (code: "DRAINING" | "LIMIT" | "CALL_FAILED", message: string) =>
      new GibbonError(code, message, { plugin: name, phase: method });
    if (this.#isStopping) throw fail("DRAINING", ERR_SHUTDOWN);
    if (RESERVED_METHODS.includes(method)) throw fail("CALL_FAILED", ERR_METHOD_NOT_FOUND);
    if (this.#calls.size >= this.#limits.calls) {
      throw fail("LIMIT", `${this.#limits.calls} calls are under way on ${name}`);
    }
    if (this.#link.isFull) throw fail("LIMIT", `${name} does not read what it is sent`);
    checkHead(method, trace);
    checkLength(payload, this.#link.payloadBytes, { plugin: name, phase: method });
    const answer = await this.#calls.begin(
      (Seq) =>
        this.#link.send(
          EnvelopeType,
          envelope({ Seq, Trace: trace, Method: method, Payload: payload }),
        ),
      patience,
      `${name}.${method}`,
    );
    return readAnswer(answer, name, method, read);
  }

  /** A message came in. */
  take({ Seq, Method, Error: message, Payload }: Envelope): void {
    if (Method === METHOD_ASYNC) return this.#takeAsync(Payload);
    if (message === "") return this.#calls.resolve(Seq, Payload);
    const details = { plugin: this.info.name, phase: Method || undefined };
    this.#calls.reject(Seq, new GibbonError("CALL_FAILED", message, details));
  }

  /**
   * Tells it to finish what it is doing and leave; only the first time counts. Settles when it is gone.
   *
   * @param alone whether it is told that the hub stays, and that it is not to come back
   * @throws {GibbonError} LIMIT
   */
  stop(trace: string, alone: boolean): Promise<void> {
    checkHead(METHOD_SHUTDOWN, trace);
    if (!this.#isStopping) {
      this.#isStopping = true;
      const Payload = alone ? UNPLUGGED : new Uint8Array(0);
      this.#link.send(EnvelopeType, envelope({ Trace: trace, Method: METHOD_SHUTDOWN, Payload }));
      this.#grace = setTimer(() => {
        this.#isCutOff = true;
        this.#link.destroy(`it did not stop within ${this.#limits.graceMs} ms`);
      }, this.#limits.graceMs);
    }
    return this.gone;
  }

  /** Its connection is closed. */
  closed(reason: string | undefined): void {
    clearTimeout(this.#grace);
    const { name } = this.info;
    const message = this.#isStopping ? ERR_SHUTDOWN : `${name} is gone: ${reason ?? "it hung up"}`;
    this.#calls.rejectAll(
      new GibbonError(this.#isStopping ? "DRAINING" : "CALL_FAILED", message, { plugin: name }),
    );
    this.#leave();
  }
}
