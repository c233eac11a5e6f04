// The gateway's end of a connection to a server under fuzz, over either protocol.
import { connect, type Socket } from "node:net";
import { ProtobufClient } from "../../../tests/kong/support/protobuf_client.ts";
import { RpcClient } from "../../../tests/kong/support/rpc_client.ts";
import { Violation } from "../examine.ts";
import type { Protocol, ScriptedEvent } from "./script.ts";

/** A connection. What it waits for does not come for ever; what is too late is a `Violation`. */
export interface Gateway {
  /** Starts an instance. */
  start(plugin: string): Promise<number>;
  /**
   * Runs an event as far as there are answers for its calls.
   *
   * @returns whether the connection is free for another one
   */
  event(instance: number, event: ScriptedEvent): Promise<boolean>;
  /** Sends bytes as they are. What comes back from then on is not looked at. */
  send(bytes: Uint8Array): void;
  /** Sends no more, and waits until the server has closed. */
  end(): Promise<void>;
  /** Is gone. */
  destroy(): void;
}

/** Settles as the promise does. @throws {Violation} if that takes too long */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Violation(`${what}: nothing for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A socket of which it is known when it has closed. */
class Line {
  readonly socket: Socket;
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    // A server that does not want any more may reset the connection.
    socket.on("error", () => {});
  }

  static open(path: string): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Line(socket));
      });
    });
  }

  send(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }
}

class MsgpackClient extends RpcClient {
  readonly #line: Line;

  constructor(line: Line) {
    super();
    this.#line = line;
    line.socket.on("data", (bytes) => this.received(bytes as Uint8Array));
    line.socket.on("close", () => this.ended());
  }

  override feed(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.#line.send(piece);
  }

  override leave(): void {
    this.#line.socket.destroy();
  }
}

/** What both have in common. */
abstract class LineGateway implements Gateway {
  protected readonly line: Line;
  protected readonly patienceMs: number;

  constructor(line: Line, patienceMs: number) {
    this.line = line;
    this.patienceMs = patienceMs;
  }

  abstract start(plugin: string): Promise<number>;
  abstract event(instance: number, event: ScriptedEvent): Promise<boolean>;

  send(bytes: Uint8Array): void {
    this.line.socket.removeAllListeners("data").resume();
    this.line.send(bytes);
  }

  async end(): Promise<void> {
    this.line.socket.resume();
    this.line.socket.end();
    await this.soon("the end of the connection", this.line.closed);
  }

  destroy(): void {
    this.line.socket.destroy();
  }

  protected soon<T>(what: string, promise: Promise<T>): Promise<T> {
    return within(this.patienceMs, what, promise);
  }
}

class MsgpackGateway extends LineGateway {
  readonly #client = new MsgpackClient(this.line);

  override start(plugin: string): Promise<number> {
    return this.soon("StartInstance", this.#client.start(plugin));
  }

  override async event(InstanceId: number, { phase, answers }: ScriptedEvent): Promise<boolean> {
    const client = this.#client;
    const handle = { InstanceId, EventName: phase };
    let { result } = await this.soon("HandleEvent", client.request("plugin.HandleEvent", handle));
    for (const Data of answers) {
      const event = result as { EventId: number; Data: unknown } | null;
      if (typeof event?.Data !== "object") return true;
      const step = { EventId: event.EventId, Data };
      ({ result } = await this.soon("Step", client.request("plugin.Step", step)));
    }
    return true;
  }
}

class ProtobufGateway extends LineGateway {
  readonly #client: ProtobufClient;

  constructor(line: Line, patienceMs: number) {
    super(line, patienceMs);
    this.#client = new ProtobufClient({
      data: (bytes) => line.send(bytes),
      closed: () => this.destroy(),
    });
    line.socket.on("data", (bytes) => this.#client.write(bytes as Uint8Array));
    line.socket.on("close", () => this.#client.end());
  }

  override start(plugin: string): Promise<number> {
    return this.soon("cmd_start_instance", this.#client.start(plugin));
  }

  override async event(instance: number, { phase, answers }: ScriptedEvent): Promise<boolean> {
    this.#client.handle(instance, phase);
    for (const answer of answers) {
      const turn = await this.soon("a turn", this.#client.turn());
      if (typeof turn === "number") return true;
      this.#client.answer(answer as Uint8Array);
    }
    return false;
  }
}

/** Connects to a server. */
export async function openGateway(
  path: string,
  protocol: Protocol,
  patienceMs: number,
): Promise<Gateway> {
  const line = await Line.open(path);
  return protocol === "msgpack"
    ? new MsgpackGateway(line, patienceMs)
    : new ProtobufGateway(line, patienceMs);
}
