// The gateway's end of a connection of ProtoBuf:1, in memory or on a socket: feeds bytes, collects
// frames.
import { connect } from "node:net";
import type { ConnectionEvents } from "../../../src/runtime/contract.ts";
import { KongConnection } from "../../../src/kong/protocol/connection.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import type { KongServer } from "../../../src/kong/protocol/server.ts";
import { FrameReader } from "../../../src/wire/frames.ts";

/** A PDK call as it went out. */
export interface AskedCall {
  readonly method: string;
  /** The bytes of the argument message. */
  readonly args: Uint8Array;
}

/** The little-endian length, and the bytes. */
export function framed(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const frame = new Uint8Array(4 + length);
  new DataView(frame.buffer).setUint32(0, length, true);
  frame.set(bytes, 4);
  return frame;
}

/** Takes a stream of frames apart. */
export function unframed(stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const length = new DataView(stream.buffer, stream.byteOffset + at).getUint32(0, true);
    if (at + 4 + length > stream.length) throw new Error("the last frame is not whole");
    frames.push(stream.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return frames;
}

/** The gateway's end of a connection. */
export class ProtobufClient {
  closed: "end" | "destroy" | undefined;
  unsentBytes = 0;
  /** Frames that the server wrote and nobody has looked at. */
  readonly frames: Uint8Array[] = [];
  readonly #connection: ConnectionEvents;
  readonly #waiting: (() => void)[] = [];
  readonly #reader = new FrameReader({ maxBytes: 64 * 1024 * 1024, byteOrder: "little" });
  #sequence = 1;

  /** @param server in memory, or what carries the bytes to one */
  constructor(server: KongServer | ConnectionEvents) {
    this.#connection = "data" in server ? server : new KongConnection(this, server);
  }

  /** Connects to a server's socket; rejects if nobody listens. */
  static connect(path: string): Promise<ProtobufClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const client = new ProtobufClient({
        data: (bytes) => void socket.write(bytes),
        closed: () => void socket.destroy(),
      });
      socket.once("error", reject);
      socket.once("connect", () => resolve(client));
      socket.on("data", (bytes) => client.write(bytes as Uint8Array));
      socket.on("close", () => client.end());
    });
  }

  /** The server writes. */
  write(bytes: Uint8Array): void {
    this.#reader.push(Uint8Array.from(bytes));
    for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
      this.frames.push(frame);
    }
    this.#wake();
  }

  end(): void {
    this.closed ??= "end";
    this.#wake();
  }

  destroy(): void {
    this.closed ??= "destroy";
    this.#wake();
  }

  /** Whether nginx would keep it for another command: it is open, and nothing came behind an answer. */
  get isClean(): boolean {
    return !this.closed && this.frames.length === 0 && this.#reader.pendingBytes === 0;
  }

  /** The gateway goes away. */
  leave(): void {
    this.#connection.closed();
  }

  feed(...pieces: Uint8Array[]): void {
    for (const piece of pieces) this.#connection.data(piece);
  }

  /** The next frame, as soon as it is there. */
  async next(): Promise<Uint8Array> {
    while (this.frames.length === 0) {
      if (this.closed) throw new Error("the server closed the connection");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.frames.shift()!;
  }

  /** Settles when the server has closed the connection. */
  async left(): Promise<"end" | "destroy"> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.closed;
  }

  /** Sends a command; gives its number. */
  send(call: messages.RpcCall["call"]): number {
    const sequence = ++this.#sequence;
    this.feed(framed(messages.RpcCall.encode({ sequence, call }).finish()));
    return sequence;
  }

  /** Sends a command other than cmd_handle_event; gives what it returns. */
  async command(call: messages.RpcCall["call"]): Promise<messages.RpcReturn["return"]> {
    const sequence = this.send(call);
    const answer = messages.RpcReturn.decode(await this.next());
    if (answer.sequence !== sequence) throw new Error(`${answer.sequence} answers ${sequence}`);
    return answer.return;
  }

  /** Starts an instance; gives its id. */
  async start(name: string, config: unknown = {}): Promise<number> {
    const bytes = new TextEncoder().encode(JSON.stringify(config));
    const answer = await this.command({
      $case: "cmd_start_instance",
      value: { name, config: bytes },
    });
    if (answer?.$case !== "instance_status") throw new Error("no status");
    return answer.value.instance_id;
  }

  /** Begins an event; gives the number of its command. */
  handle(instance_id: number, event_name = "access"): number {
    return this.send({ $case: "cmd_handle_event", value: { instance_id, event_name } });
  }

  /** The next PDK call, or the number of the command whose event is over. */
  async turn(): Promise<AskedCall | number> {
    const name = await this.next();
    if (name.length === 0) return messages.RpcReturn.decode(await this.next()).sequence;
    return { method: new TextDecoder().decode(name), args: await this.next() };
  }

  /** The next PDK call. */
  async call(): Promise<AskedCall> {
    const turn = await this.turn();
    if (typeof turn === "number") throw new Error("the event is over");
    return turn;
  }

  /** Answers a PDK call; nothing for nil. */
  answer(message: Uint8Array = new Uint8Array(0)): void {
    this.feed(framed(message));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
