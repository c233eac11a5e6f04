// One connection to a plugin: a call goes out, its answer comes in, then the next may go.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Connection, ConnectionEvents, Runtime } from "../../runtime/contract.ts";
import { frame, FrameReader } from "../../wire/frames.ts";
import { FRAME_BYTES } from "../messages.ts";

interface Waiting {
  resolve(answer: Uint8Array): void;
  reject(error: GibbonError): void;
}

/** A connection. After anything went wrong it is closed: what comes next on it would be nonsense. */
export class CallConnection implements ConnectionEvents {
  readonly #reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
  readonly #closed: (connection: CallConnection) => void;
  #connection: Connection | undefined;
  #waiting: Waiting | undefined;
  isClosed = false;

  private constructor(closed: (connection: CallConnection) => void) {
    this.#closed = closed;
  }

  /**
   * Connects.
   *
   * @param closed called once when the connection is gone
   * @throws {GibbonError} SOCKET_FAILED
   */
  static async open(
    runtime: Pick<Runtime, "connect">,
    path: string,
    closed: (connection: CallConnection) => void,
  ): Promise<CallConnection> {
    const created = new CallConnection(closed);
    try {
      created.#connection = await runtime.connect(path, created);
    } catch (error) {
      throw new GibbonError(
        "SOCKET_FAILED",
        `Cannot connect to the plugin's socket ${path}: ${messageOf(error)}`,
        { remedy: "See what the plugin says on stderr: it may have ended.", cause: error },
      );
    }
    if (created.isClosed) throw new GibbonError("SOCKET_FAILED", "The plugin closed a connection");
    return created;
  }

  /** Bytes that the plugin has not taken yet. */
  get unsentBytes(): number {
    return this.#connection?.unsentBytes ?? 0;
  }

  /**
   * Sends a call and waits for its answer, for ever: the caller ends it by `fail`.
   *
   * @throws {GibbonError} PROTOCOL, SOCKET_FAILED, or what was given to `fail`
   */
  exchange(call: Uint8Array): Promise<Uint8Array> {
    if (this.isClosed) {
      return Promise.reject(new GibbonError("SOCKET_FAILED", "The connection of a call is closed"));
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.send(call);
    });
  }

  /** Sends a call that has no answer. */
  send(call: Uint8Array): void {
    this.#connection?.write(frame(call, "big"));
  }

  /** Ends the connection, and the call that waits on it. */
  fail(error: GibbonError): void {
    this.#finish(error);
    this.#connection?.destroy();
  }

  data(chunk: Uint8Array): void {
    if (this.isClosed) return;
    try {
      this.#reader.push(chunk);
      const answer = this.#reader.next();
      if (answer) this.#take(answer);
      else if (!this.#waiting) throw new Error("it sent bytes that nobody asked for");
    } catch (error) {
      this.fail(
        new GibbonError("PROTOCOL", `The plugin's answer makes no sense: ${messageOf(error)}`, {
          cause: error,
        }),
      );
    }
  }

  closed(): void {
    this.#finish(new GibbonError("SOCKET_FAILED", "The plugin closed the connection of a call"));
  }

  #take(answer: Uint8Array): void {
    if (!this.#waiting) throw new Error("an answer that nobody asked for");
    if (this.#reader.pendingBytes > 0) throw new Error("there is more than one answer");
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(answer);
  }

  #finish(error: GibbonError): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#closed(this);
  }
}
