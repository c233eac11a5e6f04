// One connection of a gateway, served in the protocol that its first bytes speak.
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { concat } from "../../wire/bytes.ts";
import { MsgpackConnection } from "./msgpack/connection.ts";
import { ProtobufConnection } from "./protobuf/connection.ts";
import { protocolOf } from "./protocol_of.ts";
import type { KongServer } from "./server.ts";

const EMPTY = new Uint8Array(0);

/** Serves one connection of a gateway. */
export class KongConnection implements ConnectionEvents {
  readonly #connection: Connection;
  readonly #server: KongServer;
  #served: ConnectionEvents | undefined;
  #first: Uint8Array = EMPTY;

  constructor(connection: Connection, server: KongServer) {
    this.#connection = connection;
    this.#server = server;
  }

  data(bytes: Uint8Array): void {
    if (this.#served) return this.#served.data(bytes);
    this.#first = concat(this.#first.length === 0 ? [bytes] : [this.#first, bytes]);
    const protocol = protocolOf(this.#first);
    if (!protocol) return;
    this.#served = protocol === "MsgPack:1"
      ? new MsgpackConnection(this.#connection, this.#server)
      : new ProtobufConnection(this.#connection, this.#server);
    this.#served.data(this.#first);
    this.#first = EMPTY;
  }

  closed(): void {
    this.#served?.closed();
  }
}
