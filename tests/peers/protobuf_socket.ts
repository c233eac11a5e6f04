// The gateway's end of a connection of ProtoBuf:1 over a Unix socket.
import { connect, type Socket } from "node:net";
import * as messages from "../../src/protocols/kong/protobuf/generated/messages.ts";
import { frame, FrameReader } from "../../src/wire/frames.ts";

/** A client on a Unix socket. */
export class ProtobufSocket {
  readonly #socket: Socket;
  readonly #reader = new FrameReader({ maxBytes: 1 << 24, byteOrder: "little" });
  #closed = false;
  #wake = () => {};
  #sequence = 0;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on("data", (bytes) => {
      this.#reader.push(bytes as Uint8Array);
      this.#wake();
    });
    for (const end of ["close", "error"]) {
      this.#socket.on(end, () => {
        this.#closed = true;
        this.#wake();
      });
    }
  }

  /** The next frame; undefined if the server has closed the connection. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const next = this.#reader.next();
      if (next || this.#closed) return next && Uint8Array.from(next);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  send(message: Uint8Array): void {
    this.#socket.write(frame(message, "little"));
  }

  /** Sends a command. */
  command(call: messages.RpcCall["call"]): void {
    this.send(messages.RpcCall.encode({ sequence: ++this.#sequence, call }).finish());
  }

  /** The answer to the command: an instance's status, or nothing. */
  async answer(): Promise<messages.InstanceStatus | undefined> {
    const bytes = await this.next();
    if (!bytes) throw new Error("the server closed the connection");
    const answer = messages.RpcReturn.decode(bytes);
    if (answer.sequence !== this.#sequence) throw new Error(`answer to ${answer.sequence}`);
    const found = answer.return;
    return found?.$case === "instance_status" ? found.value : undefined;
  }

  leave(): void {
    this.#socket.destroy();
  }
}
