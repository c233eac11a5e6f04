// Kong's calls of MsgPack:1 on connections of nginx's pool; what they mean is the emulator's part.
import type { Received } from "../../../../src/kong/emulator/client/connection.ts";
import type { Connections } from "../../../../src/kong/emulator/client/pool.ts";
import type { TakenConnection } from "../../../../src/kong/emulator/client/remote_plugin.ts";
import { GibbonError, messageOf } from "../../../../src/base/errors.ts";
import { MessageReader } from "../../../../src/wire/msgpack/reader.ts";
import { type Cosocket, CosocketError } from "./cosocket.ts";
import type { SocketPool } from "./pool.ts";

const LIMITS = { messageBytes: 16 * 1024 * 1024, nesting: 64 };
const NOTIFICATION = 2;

/** How much Kong reads at a time; what comes behind an answer may stay unread. */
const READ_BYTES = 4096;

/** The pool, for calls of MsgPack:1 to one socket. */
export class MsgpackCalls implements Connections<TakenConnection> {
  readonly #pool: SocketPool;
  readonly #path: string;

  constructor(pool: SocketPool, path: string) {
    this.#pool = pool;
    this.#path = path;
  }

  /** @throws {CosocketError} where nobody listens */
  async take(): Promise<MsgpackCall> {
    return new MsgpackCall(await this.#pool.take(this.#path));
  }

  give(call: MsgpackCall): void {
    this.#pool.keep(call.socket);
  }

  drop(call: MsgpackCall): void {
    this.#pool.drop(call.socket);
  }
}

/** A connection for one call. */
class MsgpackCall implements TakenConnection {
  readonly socket: Cosocket;

  constructor(socket: Cosocket) {
    this.socket = socket;
  }

  /** Sends a request and reads up to its answer. */
  async request(
    bytes: Uint8Array,
    notified: (label: unknown, value: unknown) => void,
  ): Promise<Received> {
    const reader = new MessageReader(LIMITS);
    this.socket.send(bytes);
    try {
      for (;;) {
        reader.push(await this.socket.receiveAny(READ_BYTES));
        const value = nextAnswer(reader, notified);
        if (!value) continue;
        await this.socket.settle();
        return { kind: "message", value };
      }
    } catch (error) {
      // Kong has one word for a connection that closed, and for one on which nothing came.
      if (error instanceof CosocketError && reader.pendingBytes === 0) return { kind: "no-data" };
      throw new GibbonError("PROTOCOL", messageOf(error), { cause: error });
    }
  }
}

/** The first message that is no notification. */
function nextAnswer(
  reader: MessageReader,
  notified: (label: unknown, value: unknown) => void,
): readonly unknown[] | undefined {
  for (let message = reader.next(); message; message = reader.next()) {
    const value = message.value as readonly unknown[];
    if (value[0] !== NOTIFICATION) return value;
    notified(value[1], value[2]);
  }
  return undefined;
}
