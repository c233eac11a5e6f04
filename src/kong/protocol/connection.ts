// One connection of a gateway, which may change its protocol between two conversations.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { ByteQueue } from "../../wire/byte_queue.ts";
import type { ClosedBy, Conversations, GatewayLine } from "./conversation.ts";
import { MsgpackConnection } from "./msgpack/connection.ts";
import { ProtobufConnection } from "./protobuf/connection.ts";
import { protocolOf } from "./protocol_of.ts";
import type { KongServer } from "./server.ts";

/**
 * Serves one connection of a gateway. Kong keeps idle connections by the socket's path alone, and
 * takes one that was used for MsgPack:1 up again for ProtoBuf:1, and the other way round. So the
 * protocol is told anew from each message that comes in while nothing is under way.
 */
export class KongConnection implements ConnectionEvents, GatewayLine {
  readonly bytes = new ByteQueue();
  readonly #connection: Connection;
  readonly #server: KongServer;
  #msgpack: MsgpackConnection | undefined;
  #protobuf: ProtobufConnection | undefined;
  /** Whose message was the last one. */
  #current: Conversations | undefined;
  #reading = false;
  #over = false;

  constructor(connection: Connection, server: KongServer) {
    this.#connection = connection;
    this.#server = server;
  }

  data(chunk: Uint8Array): void {
    if (this.#over) return;
    this.bytes.push(chunk);
    this.#read();
  }

  closed(): void {
    this.#close("the gateway closed the connection");
  }

  write(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#connection.write(bytes);
    if (this.#connection.unsentBytes > this.#server.options.limits.unsentBytes) {
      this.refuse(new GibbonError("LIMIT", "The gateway does not read what it asked for"));
    }
  }

  end(): void {
    this.#over = true;
    this.#connection.end();
  }

  refuse(error: unknown): void {
    if (this.#over) return;
    this.#server.options.log.warn("a connection was closed: its bytes make no sense", {
      error: messageOf(error),
      remedy: "Only Kong should talk to this socket, over MsgPack:1 or ProtoBuf:1.",
    });
    this.#connection.destroy();
    this.#close("the connection was closed");
  }

  get isRetiring(): boolean {
    return this.#server.retiring && this.bytes.size === 0;
  }

  idle(): void {
    if (this.isRetiring) return this.end();
    // Later: who says so may not be done yet.
    if (!this.#reading && this.bytes.size > 0) queueMicrotask(() => this.#read());
  }

  #close(by: ClosedBy): void {
    if (this.#over) return;
    this.#over = true;
    this.#msgpack?.closed(by);
    this.#protobuf?.closed(by);
  }

  /** Acts on all messages that are whole. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#over && this.bytes.size > 0 && this.#reader()?.read());
    } catch (error) {
      this.refuse(error);
    }
    this.#reading = false;
  }

  /** Whose the next message is; undefined while too little of it is there to tell. */
  #reader(): Conversations | undefined {
    if (this.#current?.underWay) return this.#current;
    const { bytes, begin, end } = this.bytes;
    const protocol = protocolOf(bytes, begin, end);
    if (!protocol) return undefined;
    const next = protocol === "MsgPack:1"
      ? this.#msgpack ??= new MsgpackConnection(this, this.#server)
      : this.#protobuf ??= new ProtobufConnection(this, this.#server);
    if (next !== this.#current) this.#current?.forget();
    return this.#current = next;
  }
}
