// A server on a real socket that plays its part of recordings of ProtoBuf:1, and notes Kong's.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { FrameReader } from "../../../src/wire/frames.ts";
import type { Frame, Recording } from "../support/recordings.ts";

type ProtobufFrame = Frame & { readonly frame?: string };

/** Plays recordings: the connections that come in are the recording's, in their order. */
export class RecordedServer {
  readonly #server: Server;
  readonly #frames: readonly ProtobufFrame[];
  readonly #left: ProtobufFrame[][] = [];
  readonly #sockets: Socket[] = [];
  /** What Kong said otherwise than the recording has it. */
  readonly differences: string[] = [];

  private constructor({ frames }: Recording) {
    this.#frames = frames;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Starts one on a path. */
  static async start(recording: Recording, path: string): Promise<RecordedServer> {
    const server = new RecordedServer(recording);
    await new Promise<void>((resolve) => server.#server.listen(path, resolve));
    return server;
  }

  /** Connections of the recording that did not come, and frames that were not played. */
  get unplayed(): number {
    const all = new Set(this.#frames.map(({ conn }) => conn)).size;
    const frames = this.#left.flat().filter(({ dir, by }) => dir !== "close" || by === "server");
    return all - this.#left.length + frames.length;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.push(socket);
    const number = this.#sockets.length;
    const script = this.#frames.filter(({ conn, dir }) => conn === number && dir !== "open");
    this.#left.push(script);
    const reader = new FrameReader({ maxBytes: 1 << 24, byteOrder: "little" });
    const play = () => {
      for (let next = script[0]; next; next = script[0]) {
        if (next.dir === "server->kong") socket.write(Buffer.from(next.hex!, "hex"));
        else if (next.dir === "close" && next.by === "server") socket.destroy();
        else return;
        script.shift();
      }
    };
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      reader.push(Uint8Array.from(bytes as Uint8Array));
      for (let frame = reader.next(); frame; frame = reader.next()) {
        this.#compare(frame, script.shift());
        play();
      }
    });
  }

  #compare(bytes: Uint8Array, recorded: ProtobufFrame | undefined): void {
    try {
      assert.ok(recorded?.dir === "kong->server", `not expected: ${Buffer.from(bytes)}`);
      const expected = Buffer.from(recorded.hex!, "hex").subarray(4);
      if (recorded.frame !== "RpcCall") return assert.deepEqual([...bytes], [...expected]);
      // The order of fields, and that of the keys in a configuration, change from run to run.
      assert.deepEqual(readCall(bytes), readCall(expected));
    } catch (error) {
      this.differences.push((error as Error).message);
    }
  }
}

function readCall(bytes: Uint8Array) {
  const { sequence, call } = messages.RpcCall.decode(bytes);
  if (call?.$case !== "cmd_start_instance") return { sequence, call };
  const { name, config } = call.value;
  return { sequence, name, config: JSON.parse(new TextDecoder().decode(config)) };
}
