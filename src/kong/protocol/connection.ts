// One connection of a gateway, which may change its protocol between two conversations.
import { type GibbonError, messageOf } from "../../base/errors.ts";
import type { LogFields } from "../../base/log.ts";
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { blameOthers } from "../../runtime/shared/builtins/damage.ts";
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
  readonly refusal: GibbonError | undefined;
  readonly #connection: Connection;
  readonly #server: KongServer;
  #msgpack: MsgpackConnection | undefined;
  #protobuf: ProtobufConnection | undefined;
  /** Whose message was the last one. */
  #current: Conversations | undefined;
  #reading = false;
  /** Whether what comes in is dropped. */
  #deaf = false;
  #over = false;

  /** @param refusal why no event begins here; the connection ends with the last answer then */
  constructor(connection: Connection, server: KongServer, refusal?: GibbonError) {
    this.#connection = connection;
    this.#server = server;
    this.refusal = refusal;
  }

  data(chunk: Uint8Array): void {
    if (this.#over || this.#deaf) return;
    // Before anything is done with them: a timer of a plugin may have changed what that takes.
    blameOthers();
    this.bytes.push(chunk);
    this.#read();
  }

  closed(): void {
    this.#close("the gateway closed the connection");
  }

  write(bytes: Uint8Array): void {
    if (this.#over) return;
    const { unsentBytes } = this.#connection;
    // Before it is written: how long a single message is says nothing of who is to read it.
    if (unsentBytes <= this.#server.options.limits.unsentBytes) {
      return this.#connection.write(bytes);
    }
    this.#giveUp("the gateway does not read what it asked for", { unsentBytes });
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.end();
  }

  refuse(error: unknown): void {
    this.#giveUp("its bytes make no sense", {
      error: messageOf(error),
      remedy: "Only Kong should talk to this socket, over MsgPack:1 or ProtoBuf:1.",
    });
  }

  /** Whether an answer is due, or an event of ProtoBuf:1 owns the connection. */
  get underWay(): boolean {
    return this.#current?.underWay === true;
  }

  get isRetiring(): boolean {
    if (this.#deaf) return true;
    const isEnding = this.refusal !== undefined || this.#server.retiring;
    return isEnding && this.bytes.size === 0;
  }

  leaveRest(): void {
    this.#deaf = true;
    this.bytes.drop(this.bytes.size);
  }

  idle(): void {
    if (this.#over) return;
    if (this.isRetiring) return this.end();
    // Later: who says so may not be done yet.
    if (!this.#reading && this.bytes.size > 0) queueMicrotask(() => this.#read());
  }

  #giveUp(why: string, fields: LogFields): void {
    if (this.#over) return;
    try {
      this.#server.options.log.warn(`a connection was closed: ${why}`, fields);
    } finally {
      // Before the destruction, which may tell of itself at once.
      this.#close("the connection was closed");
      this.#connection.destroy();
    }
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
