// One connection to a plugin server over ProtoBuf:1: frames in turn, as Kong uses it.
import type { Connection, Runtime } from "../../../../runtime/contract.ts";
import { FrameReader } from "../../../../wire/frames.ts";
import type { PooledConnection } from "../pool.ts";

/** What a connection allows. */
export interface FrameConnectionOptions {
  /** Longest frame that is taken in, in bytes. */
  readonly messageBytes: number;
  /** How long a read may take, in milliseconds. */
  readonly readMs: number;
}

/** Why no frame came: what nginx's sockets say. */
export class NoFrame extends Error {
  override readonly name = "NoFrame";
  readonly reason: "closed" | "timeout";

  constructor(reason: "closed" | "timeout") {
    super(reason);
    this.reason = reason;
  }
}

interface Waiting {
  readonly resolve: (frame: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A connection. When `usable` is false it has no further use. */
export class FrameConnection implements PooledConnection {
  readonly #readMs: number;
  readonly #reader: FrameReader;
  #connection: Connection | undefined;
  #waiting: Waiting | undefined;
  /** Whether a command has been sent whose end was not read. */
  #busy = false;
  #usable = true;

  private constructor({ messageBytes, readMs }: FrameConnectionOptions) {
    this.#readMs = readMs;
    this.#reader = new FrameReader({ maxBytes: messageBytes, byteOrder: "little" });
  }

  /**
   * Connects.
   *
   * @throws whatever the runtime has to say where nothing listens
   */
  static async open(
    runtime: Pick<Runtime, "connect">,
    path: string,
    options: FrameConnectionOptions,
  ): Promise<FrameConnection> {
    const self = new FrameConnection(options);
    self.#connection = await runtime.connect(path, {
      data: (bytes) => self.#data(bytes),
      closed: () => self.#fail(new NoFrame("closed")),
    });
    return self;
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** Sends a frame. The connection is busy until `done`. */
  send(bytes: Uint8Array): void {
    this.#busy = true;
    const frame = new Uint8Array(4 + bytes.length);
    new DataView(frame.buffer).setUint32(0, bytes.length, true);
    frame.set(bytes, 4);
    if (this.#usable) this.#connection?.write(frame);
  }

  /**
   * The next frame.
   *
   * @throws {NoFrame} if the server closes, or takes too long
   * @throws {WireError} LIMIT
   */
  next(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(new NoFrame("timeout")), this.#readMs);
      this.#waiting = { resolve, reject, timer };
      this.#settle();
    });
  }

  /** What was sent last has its answer. Kong closes a free connection on which anything arrives. */
  done(): void {
    this.#busy = false;
    if (this.#reader.pendingBytes > 0) this.close();
  }

  close(): void {
    this.#usable = false;
    this.#connection?.destroy();
  }

  #data(bytes: Uint8Array): void {
    this.#reader.push(Uint8Array.from(bytes));
    // What comes before the first command is read with it: Kong has not looked yet.
    if (this.#waiting) this.#settle();
    else if (!this.#busy && this.#connection) this.close();
  }

  /** Gives whoever waits the next frame, if it is there. */
  #settle(): void {
    let frame: Uint8Array | undefined;
    try {
      frame = this.#reader.next();
    } catch (error) {
      return this.#fail(error as Error);
    }
    if (frame) return this.#take()?.resolve(frame);
    if (!this.#usable) this.#fail(new NoFrame("closed"));
  }

  #fail(error: Error): void {
    this.close();
    this.#take()?.reject(error);
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
