// A connection as nginx's Lua module has it: read what is wanted, and errors are texts of nginx's.
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { concat } from "../../../../src/wire/bytes.ts";

/** What Kong's Lua code gets to see; it looks for words in it. */
export class CosocketError extends Error {
  override readonly name = "CosocketError";
}

/** nginx's texts of the errors that Unix sockets have. */
const TEXTS: Readonly<Record<string, string>> = {
  EAGAIN: "resource temporarily unavailable",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  ENOENT: "no such file or directory",
  EPIPE: "broken pipe",
};

const EMPTY = new Uint8Array(0);

/** A read that waits for bytes. */
interface Waiting {
  readonly least: number;
  readonly resolve: () => void;
  readonly reject: (error: CosocketError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A connection. One read at a time. */
export class Cosocket {
  readonly path: string;
  readonly #socket: Socket;
  readonly #readMs: number;
  #bytes: Uint8Array = EMPTY;
  #failure: CosocketError | undefined;
  #waiting: Waiting | undefined;
  #disturbed: (() => void) | undefined;

  /**
   * Connects.
   *
   * @param readMs how long a read may take, in milliseconds: nginx's default is 60,000
   * @throws {CosocketError} with nginx's text, where nobody listens
   */
  static open(path: string, readMs: number): Promise<Cosocket> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const refused = (error: Error) => reject(errorOf(error));
      socket.once("error", refused);
      socket.once("connect", () => {
        socket.off("error", refused);
        resolve(new Cosocket(path, socket, readMs));
      });
    });
  }

  private constructor(path: string, socket: Socket, readMs: number) {
    this.path = path;
    this.#socket = socket;
    this.#readMs = readMs;
    socket.on("data", (bytes) => this.#data(bytes as Uint8Array));
    socket.on("error", (error) => this.#fail(errorOf(error)));
    socket.on("end", () => this.#fail(new CosocketError("closed")));
    socket.on("close", () => this.#fail(new CosocketError("closed")));
  }

  /** Whether it is open as far as is known here, with nothing to read. */
  get isClean(): boolean {
    return !this.#failure && this.#bytes.length === 0;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /**
   * Reads so many bytes.
   *
   * @throws {CosocketError} `closed`, `timeout`, or the system's error
   */
  async receive(length: number): Promise<Uint8Array> {
    if (this.#bytes.length < length) await this.#wait(length);
    const read = this.#bytes.slice(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return read;
  }

  /** Reads what there is, up to so many bytes, as soon as there is something. */
  async receiveAny(most: number): Promise<Uint8Array> {
    if (this.#bytes.length === 0) await this.#wait(1);
    const read = this.#bytes.slice(0, most);
    this.#bytes = this.#bytes.subarray(most);
    return read;
  }

  /**
   * Lets the event loop turn once. nginx sees an end that came together with the last bytes before
   * it keeps a connection; here it is seen in this turn.
   */
  async settle(): Promise<void> {
    await setImmediate();
  }

  /** Nobody uses it for now: whatever happens on it is told, once. */
  rest(disturbed: () => void): void {
    this.#disturbed = disturbed;
  }

  /** Somebody uses it again. */
  wake(): void {
    this.#disturbed = undefined;
  }

  close(): void {
    this.#disturbed = undefined;
    this.#socket.destroy();
    this.#fail(new CosocketError("closed"));
  }

  #wait(least: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const timer = setTimeout(() => this.#fail(new CosocketError("timeout")), this.#readMs);
      this.#waiting = { least, resolve, reject, timer };
    });
  }

  #data(bytes: Uint8Array): void {
    this.#bytes = concat([this.#bytes, bytes]);
    if (this.#waiting && this.#bytes.length >= this.#waiting.least) this.#done()!.resolve();
    this.#disturb();
  }

  #fail(error: CosocketError): void {
    this.#failure ??= error;
    this.#done()?.reject(this.#failure);
    this.#disturb();
  }

  #done(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    return waiting;
  }

  #disturb(): void {
    const disturbed = this.#disturbed;
    this.#disturbed = undefined;
    disturbed?.();
  }
}

function errorOf(error: Error): CosocketError {
  const { code } = error as { readonly code?: string };
  const text = TEXTS[code ?? ""] ?? error.message;
  return new CosocketError(text, { cause: error });
}
