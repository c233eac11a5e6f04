// Kong's end of one connection that it uses for both protocols in turn, in memory or on a socket.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { KongConnection } from "../../../src/kong/protocol/connection.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import type { KongServer } from "../../../src/kong/protocol/server.ts";
import type { ConnectionEvents } from "../../../src/runtime/contract.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { concat } from "../../support/pieces.ts";
import { framed, unframed } from "./protobuf_client.ts";

/** One end of a connection: what the server has written, as one stream. */
export class Line {
  closed = false;
  unsentBytes = 0;
  #connection: ConnectionEvents | undefined;
  #written: Uint8Array = new Uint8Array(0);
  #changed = () => {};

  /** To a server in memory. */
  static to(server: KongServer): Line {
    const line = new Line();
    line.#connection = new KongConnection(line, server);
    return line;
  }

  /** To a socket; rejects if nobody listens. */
  static connect(path: string): Promise<Line> {
    const line = new Line();
    const socket = connect(path);
    line.#connection = {
      data: (bytes) => void socket.write(bytes),
      closed: () => void socket.destroy(),
    };
    socket.on("data", (bytes) => line.write(bytes as Uint8Array));
    socket.on("close", () => line.end());
    return new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.once("connect", () => resolve(line));
    });
  }

  write(bytes: Uint8Array): void {
    this.#written = concat(this.#written, bytes);
    this.#changed();
  }

  end(): void {
    this.closed = true;
    this.#changed();
  }

  destroy(): void {
    this.end();
  }

  feed(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#connection?.data(piece);
  }

  leave(): void {
    this.#connection?.closed();
  }

  /** The next `length` bytes. */
  async read(length: number): Promise<Uint8Array> {
    while (this.#written.length < length) {
      assert.equal(this.closed, false, "the server closed the connection");
      await new Promise<void>((resolve) => this.#changed = resolve);
    }
    const read = this.#written.subarray(0, length);
    this.#written = this.#written.subarray(length);
    return read;
  }

  /** The next `count` frames. */
  async frames(count: number): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    while (frames.length < count) {
      const head = await this.read(4);
      const length = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
      frames.push(...unframed(concat(head, await this.read(length))));
    }
    return frames;
  }

  /** The next value of MessagePack, however it is cut. */
  async value(): Promise<unknown[]> {
    const reader = new MessageReader({ messageBytes: 1 << 20, nesting: 64 });
    for (;;) {
      reader.push((await this.read(1)).slice());
      const message = reader.next();
      if (message) return message.value as unknown[];
    }
  }
}

/** How bytes are cut on their way. */
type Cut = (bytes: Uint8Array) => Uint8Array[];
const whole: Cut = (bytes) => [bytes];

/** Kong over either protocol on one line. */
export class Kong {
  readonly line: Line;
  readonly #cut: Cut;
  #messageId: number;
  #greeted = false;
  greetings = 0;
  /** What the server said its number was. */
  serverPid = 0;

  constructor(line: Line, cut: Cut = whole, firstId = 1) {
    this.line = line;
    this.#cut = cut;
    this.#messageId = firstId;
  }

  /** A request of MsgPack:1; gives its result. */
  async ask(method: string, argument: unknown): Promise<Record<string, unknown>> {
    const id = this.#messageId++;
    this.line.feed(this.#cut(request(id, method, argument)));
    return await this.answer(id);
  }

  /** The answer to a request, with the greeting before the first one. */
  async answer(id: number): Promise<Record<string, unknown>> {
    if (!this.#greeted) {
      const [kind, label, pid] = await this.line.value();
      assert.deepEqual([kind, label], [2, "serverPid"]);
      this.serverPid = pid as number;
      this.#greeted = true;
      this.greetings++;
    }
    const [kind, messageId, error, result] = await this.line.value();
    assert.deepEqual([kind, messageId, error], [1, id, null]);
    return result as Record<string, unknown>;
  }

  async msgpackEvent(instance: number): Promise<void> {
    const handle = { InstanceId: instance, EventName: "access" };
    const { EventId, Data } = await this.ask("plugin.HandleEvent", handle);
    assert.deepEqual(Data, { Method: "kong.request.get_method", Args: [] });
    assert.equal((await this.ask("plugin.Step", { EventId, Data: "GET" })).Data, "ret");
  }

  async protobufEvent(instance: number, sequence = 3): Promise<void> {
    this.line.feed(this.#cut(handleEvent(instance, sequence)));
    const [method, args] = await this.line.frames(2);
    assert.equal(new TextDecoder().decode(method), "kong.request.get_method");
    assert.equal(args!.length, 0);
    this.line.feed(this.#cut(framed(messages.String.encode({ v: "GET" }).finish())));
    const [end, returned] = await this.line.frames(2);
    assert.equal(end!.length, 0);
    assert.equal(messages.RpcReturn.decode(returned!).sequence, sequence);
  }
}

/** A request of MsgPack:1. */
export function request(id: number, method: string, argument: unknown): Uint8Array {
  return encode([0, id, method, [argument]]);
}

/** A command of ProtoBuf:1. */
export function command(sequence: number, call: messages.RpcCall["call"]): Uint8Array {
  return framed(messages.RpcCall.encode({ sequence, call }).finish());
}

/** The command that begins an event. */
export function handleEvent(instance_id: number, sequence: number): Uint8Array {
  const value = { instance_id, event_name: "access" };
  return command(sequence, { $case: "cmd_handle_event", value });
}
