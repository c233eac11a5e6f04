// One connection to a plugin server: a request at a time, as Kong uses it.
import { GibbonError } from "../../../base/errors.ts";
import type { Connection, Runtime } from "../../../runtime/contract.ts";
import { MessageReader, type MsgpackMessage } from "../../../wire/msgpack/reader.ts";

/** What a connection's user wants to know, and what it allows. */
export interface ServerConnectionOptions {
  /** Largest message that is taken in, in bytes. */
  readonly messageBytes: number;
  /** How long a read may take, in milliseconds. */
  readonly readMs: number;
}

/** How a request went, as far as the connection can tell. */
export type Received =
  /** A message that is no notification. */
  | { readonly kind: "message"; readonly value: readonly unknown[] }
  /** The server closed, or took too long: Kong says "no data". */
  | { readonly kind: "no-data" };

/** A request that is under way. */
interface Waiting {
  readonly reader: MessageReader;
  readonly notified: (label: unknown, value: unknown) => void;
  readonly resolve: (received: Received) => void;
  readonly reject: (error: GibbonError) => void;
  timer: ReturnType<typeof setTimeout>;
}

const NESTING = 64;

/** A connection. When `usable` is false it has no further use. */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  #connection: Connection | undefined;
  #waiting: Waiting | undefined;
  /** What came in before the first request. */
  #early: Uint8Array[] | undefined = [];
  #usable = true;

  private constructor(options: ServerConnectionOptions) {
    this.#options = options;
  }

  /**
   * Connects.
   *
   * @throws whatever the runtime has to say where nothing listens
   */
  static async open(
    runtime: Pick<Runtime, "connect">,
    path: string,
    options: ServerConnectionOptions,
  ): Promise<ServerConnection> {
    const self = new ServerConnection(options);
    self.#connection = await runtime.connect(path, {
      data: (bytes) => self.#data(bytes),
      closed: () => self.#closed(),
    });
    return self;
  }

  /** Whether it can carry a request. */
  get usable(): boolean {
    return this.#usable;
  }

  /**
   * Sends a request and reads up to its answer. What stands behind the answer is lost, as in Kong.
   *
   * @param notified takes notifications that come first
   * @throws {GibbonError} PROTOCOL, where Kong's client raises
   */
  request(
    bytes: Uint8Array,
    notified: (label: unknown, value: unknown) => void,
  ): Promise<Received> {
    return new Promise<Received>((resolve, reject) => {
      const { messageBytes } = this.#options;
      const reader = new MessageReader({ messageBytes, nesting: NESTING });
      this.#waiting = { reader, notified, resolve, reject, timer: this.#startTimer() };
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const chunk of early) this.#data(chunk);
      if (!this.#usable) return this.#settle((waiting) => waiting.resolve({ kind: "no-data" }));
      this.#connection?.write(bytes);
    });
  }

  /** Closes. */
  close(): void {
    this.#usable = false;
    this.#connection?.destroy();
  }

  #startTimer(): ReturnType<typeof setTimeout> {
    return setTimeout(
      () => this.#settle((waiting) => waiting.resolve({ kind: "no-data" })),
      this.#options.readMs,
    );
  }

  #data(bytes: Uint8Array): void {
    if (this.#early) {
      this.#early.push(bytes);
      return;
    }
    const waiting = this.#waiting;
    // Kong closes an idle connection as soon as anything arrives on it.
    if (!waiting) return this.close();
    clearTimeout(waiting.timer);
    waiting.timer = this.#startTimer();
    try {
      waiting.reader.push(bytes);
      this.#read(waiting);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #read(waiting: Waiting): void {
    let message: MsgpackMessage | undefined;
    while ((message = waiting.reader.next()) !== undefined) {
      const { value } = message;
      if (!Array.isArray(value)) return this.#fail("a message that is no list");
      if (value[0] !== 2) {
        return this.#settle(({ resolve }) => resolve({ kind: "message", value }));
      }
      waiting.notified(value[1], value[2]);
    }
  }

  #closed(): void {
    this.#usable = false;
    if (this.#waiting && this.#waiting.reader.pendingBytes > 0) {
      return this.#fail("the connection was closed in the middle of an answer");
    }
    this.#settle((waiting) => waiting.resolve({ kind: "no-data" }));
  }

  #fail(message: string): void {
    this.close();
    this.#settle((waiting) => waiting.reject(new GibbonError("PROTOCOL", message)));
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    clearTimeout(waiting.timer);
    how(waiting);
  }
}
