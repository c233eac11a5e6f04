// Answers from other hubs: one subscription for all of them, each found by its number.
import { randomBytes } from "node:crypto";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import type { Subjects } from "./subjects.ts";

/** What NATS answers itself, with no bytes, where nobody listens on a subject. */
const NO_RESPONDERS = 503;

/** Waits for answers. */
export class Replies {
  readonly #connection: NatsConnection;
  readonly #subject: (number: number | "*") => string;
  readonly #waiting = new Map<number, (message: Uint8Array | undefined) => void>();
  #next = 0;

  /** @param id this hub's */
  constructor(connection: NatsConnection, subjects: Subjects, id: string) {
    this.#connection = connection;
    // Nobody is to answer who has not been asked.
    const secret = randomBytes(12).toString("hex");
    this.#subject = (number) => subjects.reply(id, secret, number);
    connection.subscribe(this.#subject("*"), {
      callback: (error, message) => {
        if (!error) this.#take(message);
      },
    });
  }

  /**
   * Sends, and takes what comes back until `forget`.
   *
   * @param take gets each answer's bytes; nothing where nobody listens
   * @returns the number to forget it by
   */
  ask(
    subject: string,
    parts: readonly Uint8Array[],
    take: (message: Uint8Array | undefined) => void,
  ): number {
    const number = this.#next++;
    this.#waiting.set(number, take);
    const reply = this.#subject(number);
    for (const part of parts) this.#connection.publish(subject, part, { reply });
    return number;
  }

  /** Whoever answers now answers nobody. */
  forget(number: number): void {
    this.#waiting.delete(number);
  }

  #take({ subject, data, headers }: Msg): void {
    const number = Number(subject.slice(subject.lastIndexOf(".") + 1));
    const isNobody = data.length === 0 && headers?.code === NO_RESPONDERS;
    this.#waiting.get(number)?.(isNobody ? undefined : data);
  }
}
