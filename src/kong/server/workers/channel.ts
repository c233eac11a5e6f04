// Questions and answers between two processes of gibbon, over a pipe: MessagePack values in a row.
import { encode } from "../../../wire/msgpack/codec.ts";
import { MessageReader } from "../../../wire/msgpack/reader.ts";
import { type Failure, fromFailure, PeerGone, toFailure } from "./failure.ts";

/** Both ends are ours: the limits only keep nonsense from taking all memory. */
const LIMITS = { messageBytes: 512 * 1024 * 1024, nesting: 128 };

const QUESTION = 0;
const ANSWER = 1;
const FAILURE = 2;

type Packet = readonly [kind: number, number: number, content: unknown];

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One end: `Out` is what it asks, `In` what it is asked. */
export class Channel<In, Out> {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #answer: (question: In) => unknown;
  readonly #reader = new MessageReader(LIMITS);
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #closed = false;

  /**
   * @param write sends bytes to the other end
   * @param answer answers a question, now or later; what it throws goes back as an error
   */
  constructor(write: (bytes: Uint8Array) => void, answer: (question: In) => unknown) {
    this.#write = write;
    this.#answer = answer;
  }

  /**
   * Asks. Questions arrive in the order in which they are asked.
   *
   * @throws {PeerGone} if the other end is gone, or goes without an answer
   */
  ask(question: Out): Promise<unknown> {
    if (this.#closed) return Promise.reject(new PeerGone("the process is gone"));
    const number = this.#next++;
    const { promise, ...pending } = Promise.withResolvers<unknown>();
    this.#pending.set(number, pending);
    this.#send([QUESTION, number, question]);
    return promise;
  }

  /** Says something to which no answer matters. */
  tell(question: Out): void {
    this.ask(question).catch(ignore);
  }

  /**
   * Takes bytes of the other end.
   *
   * @throws {WireError} if they make no sense
   */
  received(bytes: Uint8Array): void {
    // The reader keeps what it gets; a runtime may use its buffer again.
    this.#reader.push(bytes.slice());
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      this.#take(message.value as Packet);
    }
  }

  /** The other end is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject } of this.#pending.values()) reject(new PeerGone("the process is gone"));
    this.#pending.clear();
  }

  #take([kind, number, content]: Packet): void {
    if (kind === QUESTION) return void this.#reply(number, content as In);
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (kind === ANSWER) pending?.resolve(content);
    else pending?.reject(fromFailure(content as Failure));
  }

  async #reply(number: number, question: In): Promise<void> {
    try {
      this.#send([ANSWER, number, await this.#answer(question)]);
    } catch (error) {
      this.#send([FAILURE, number, toFailure(error)]);
    }
  }

  #send(packet: Packet): void {
    if (!this.#closed) this.#write(encode(packet));
  }
}

function ignore(): void {}
