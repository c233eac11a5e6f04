// The gateway's end of a MsgPack:1 connection: sends requests, collects what comes back.
import { connect, type Socket } from "node:net";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";

/** What came back for a request. */
export interface Answer {
  readonly messageId: number;
  readonly error: unknown;
  readonly result: unknown;
}

/** Whether what an event asks for next is the call that stops the request: its plugin failed. */
export function stopsRequest(data: unknown): boolean {
  const { Method, Args } = (data ?? {}) as { Method?: unknown; Args?: unknown[] };
  return Method === "kong.response.exit" && Args?.[0] === 500;
}

/** A client, whatever carries its bytes. */
export abstract class RpcClient {
  readonly answers: Answer[] = [];
  readonly notifications: unknown[] = [];
  closed = false;
  readonly #reader = new MessageReader({ messageBytes: 64 * 1024 * 1024, nesting: 64 });
  readonly #waiting: (() => void)[] = [];
  #nextId = 1;

  /** Whether nginx would keep it for another request: it is open, and nothing came behind an answer. */
  get isClean(): boolean {
    const farewell = this.notifications.some((label) => (label as unknown[])[0] === "farewell");
    return !this.closed && !farewell && this.#reader.pendingBytes === 0;
  }

  /** Sends bytes, in the pieces given. */
  abstract feed(pieces: Iterable<Uint8Array>): void;

  /** Goes away. */
  abstract leave(): void;

  /** The server's bytes. */
  received(bytes: Uint8Array): void {
    this.#reader.push(bytes.slice());
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      const [kind, ...rest] = message.value as unknown[];
      if (kind === 2) this.notifications.push(rest);
      else {
        const [messageId, error, result] = rest;
        this.answers.push({ messageId: messageId as number, error, result });
      }
    }
    this.#wake();
  }

  /** The server has closed the connection. */
  ended(): void {
    this.closed = true;
    this.#wake();
  }

  /** The answer with this position in the order of arrival, as soon as it is there. */
  async answer(index: number): Promise<Answer> {
    while (this.answers.length <= index) {
      if (this.closed) throw new Error("the server closed the connection");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.answers[index]!;
  }

  /** Sends a request and waits for the next answer. */
  async request(method: string, ...args: unknown[]): Promise<Answer> {
    const index = this.answers.length;
    this.feed([encode([0, this.#nextId++, method, args])]);
    return await this.answer(index);
  }

  /** The same, for a request that must succeed. */
  async result(method: string, ...args: unknown[]): Promise<Record<string, unknown>> {
    const { error, result } = await this.request(method, ...args);
    if (error !== null) throw new Error(`${method}: ${error}`);
    return result as Record<string, unknown>;
  }

  /** Starts an instance; gives its id. */
  async start(plugin: string, config: unknown = {}): Promise<number> {
    const { Id } = await this.result("plugin.StartInstance", {
      Name: plugin,
      Config: JSON.stringify(config),
    });
    return Id as number;
  }

  /** Begins an event; gives the event's id and what it asks for first. */
  async event(
    InstanceId: number,
    EventName = "access",
  ): Promise<{ EventId: number; Data: unknown }> {
    return await this.result("plugin.HandleEvent", { InstanceId, EventName }) as never;
  }

  /** Answers an event's call; gives what it asks for next. */
  async step(EventId: number, Data?: unknown): Promise<unknown> {
    const argument = Data === undefined ? { EventId } : { EventId, Data };
    return (await this.result("plugin.Step", argument)).Data;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A client on a Unix socket. */
export class SocketClient extends RpcClient {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (bytes) => this.received(bytes as Uint8Array));
    socket.on("close", () => this.ended());
    socket.on("error", () => this.ended());
  }

  /** Connects; rejects if nobody listens. */
  static connect(path: string): Promise<SocketClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new SocketClient(socket));
      });
    });
  }

  feed(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.#socket.write(piece);
  }

  leave(): void {
    this.#socket.destroy();
  }
}
