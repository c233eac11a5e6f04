// Questions between hubs, and their answers: each ends once, also where a hub or NATS goes away.
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type ErrorCode, GibbonError, messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import { type CallPatience, PendingCalls } from "../calls.ts";
import { NOTHING, Parts, readPart, writeFrame } from "./frames.ts";
import { Answered, Asked, check } from "./messages.ts";
import type { Replies } from "./replies.ts";
import type { Subjects } from "./subjects.ts";

/** Questions of which parts are missing, and answers: more are not begun by hubs that are well. */
const MOST_OPEN = 4096;

/** Codes that an error keeps from one hub to the other. */
const KEPT: readonly ErrorCode[] = [
  "PLUGIN_UNKNOWN",
  "CALL_FAILED",
  "DEADLINE",
  "DRAINING",
  "LIMIT",
];

/** A question without what every question has. */
type Question = Asked extends infer One
  ? One extends Asked ? Omit<One, "hub" | "seq"> & { readonly seq?: number } : never
  : never;

/** What an exchange works with. */
export interface HubExchangeParts {
  readonly connection: NatsConnection;
  readonly subjects: Subjects;
  readonly replies: Replies;
  /** This hub's. */
  readonly id: string;
  /** Longest message, in bytes. */
  readonly messageBytes: number;
  readonly log: Logger;
  /** Answers another hub; what it throws goes there as an error. */
  answer(question: Asked, body: Uint8Array): Promise<Uint8Array | undefined>;
}

/** Asks other hubs, and answers them. */
export class HubExchange {
  readonly #parts: HubExchangeParts;
  /** Those to one hub, by its id. */
  readonly #pending = new Map<string, PendingCalls>();
  readonly #coming: Parts;
  #next = 0;

  constructor(parts: HubExchangeParts) {
    this.#parts = parts;
    this.#coming = new Parts(parts.messageBytes, MOST_OPEN);
    const { connection, subjects, id } = parts;
    connection.subscribe(subjects.hub(id), {
      callback: (error, message) => {
        if (!error) this.#asked(message);
      },
    });
  }

  /** Questions to a hub that it has not answered. */
  underWay(hub: string): number {
    return this.#pending.get(hub)?.size ?? 0;
  }

  /**
   * Asks a hub.
   *
   * @param what what an error calls it
   * @returns the answer's bytes
   * @throws {GibbonError} as the other hub did; CALL_FAILED if it is gone; DEADLINE; the signal's reason
   */
  async ask(
    hub: string,
    question: Question,
    body: Uint8Array,
    patience: CallPatience,
    what: string,
  ): Promise<Uint8Array> {
    const { replies, subjects } = this.#parts;
    const pending = this.#pending.get(hub) ?? new PendingCalls();
    this.#pending.set(hub, pending);
    let number: number | undefined;
    try {
      return await pending.begin(
        (seq) => {
          const coming = new Parts(this.#parts.messageBytes, 1);
          const take = (message: Uint8Array | undefined) => {
            if (!message) return pending.reject(seq, gone(hub));
            try {
              const { head, body, more } = readPart(message);
              const { error } = check(Answered, head);
              const whole = coming.take("", body, more);
              if (whole && error !== undefined) pending.reject(seq, toError(error, whole));
              else if (whole) pending.resolve(seq, whole);
            } catch (error) {
              pending.reject(seq, new GibbonError("CALL_FAILED", `${hub}: ${messageOf(error)}`));
            }
          };
          number = replies.ask(subjects.hub(hub), this.#write(question, body), take);
        },
        patience,
        what,
      );
    } finally {
      if (number !== undefined) replies.forget(number);
      if (pending.size === 0) this.#pending.delete(hub);
    }
  }

  /** Says something to a hub that has no answer. */
  tell(hub: string, question: Question, body: Uint8Array = NOTHING): void {
    const { connection, subjects } = this.#parts;
    for (const part of this.#write(question, body)) connection.publish(subjects.hub(hub), part);
  }

  /** A hub is gone: nobody waits for it any more. */
  lost(hub: string): void {
    this.#pending.get(hub)?.rejectAll(gone(hub));
  }

  /** The connection to NATS is lost, and with it what was on its way. */
  cutOff(): void {
    const error = new GibbonError("CALL_FAILED", "the connection to NATS is lost");
    for (const pending of [...this.#pending.values()]) pending.rejectAll(error);
    this.#coming.clear();
  }

  #write(question: Question, body: Uint8Array): Uint8Array[] {
    const head = { seq: this.#next++, ...question, hub: this.#parts.id };
    return writeFrame(head, body, this.#mostBytes);
  }

  get #mostBytes(): number {
    return this.#parts.connection.info?.max_payload ?? 1024 * 1024;
  }

  #asked(message: Msg): void {
    try {
      const { head, body, more } = readPart(message.data);
      const question = check(Asked, head);
      const { kind, hub, seq } = question;
      const pump = kind === "value" ? question.pump : "";
      const whole = this.#coming.take(`${kind} ${pump} ${seq} ${hub}`, body, more);
      if (whole) void this.#answer(message, question, whole);
    } catch (error) {
      this.#parts.log.warn("a message from NATS is left out", { reason: messageOf(error) });
    }
  }

  async #answer(message: Msg, question: Asked, body: Uint8Array): Promise<void> {
    let parts: Uint8Array[];
    try {
      const answer = await this.#parts.answer(question, body);
      if (!answer) return;
      parts = writeFrame({}, answer, this.#mostBytes);
    } catch (error) {
      const code = error instanceof GibbonError ? error.code : "CALL_FAILED";
      const text = new TextEncoder().encode(messageOf(error));
      parts = writeFrame({ error: code }, text, this.#mostBytes);
    }
    if (!this.#parts.connection.isClosed()) { for (const part of parts) message.respond(part); }
  }
}

function gone(hub: string): GibbonError {
  return new GibbonError("CALL_FAILED", `the hub ${hub} is gone`);
}

function toError(code: string, message: Uint8Array): GibbonError {
  const known = KEPT.find((one) => one === code) ?? "CALL_FAILED";
  return new GibbonError(known, new TextDecoder().decode(message));
}
