// Both protocols on one Unix socket: which one a connection speaks is told from its first bytes.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { KongEndpoint } from "../../../src/kong/protocol/endpoint.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { detectRuntime } from "../../../src/runtime/detect.ts";
import type { Listener } from "../../../src/runtime/contract.ts";
import { decode, encode } from "../../../src/wire/msgpack/codec.ts";
import { concat, CUTS } from "../../support/pieces.ts";
import { framed, unframed } from "../support/protobuf_client.ts";
import { serveProtobuf } from "../support/protobuf_server.ts";
import { makeFolder } from "../../support/folder.ts";

const { server, entries } = serveProtobuf(async (event) => {
  await event.call("kong.request.get_method", []);
});
const endpoint = new KongEndpoint(server);

let directory: string;
let file: string;
let listener: Listener;
before(async () => {
  directory = (await makeFolder()).path;
  file = path.join(directory, "kong.sock");
  listener = await (await detectRuntime()).listen(file, endpoint.accept);
});
after(async () => {
  await server.close("the tests are over");
  endpoint.close();
  await listener.close();
  await rm(directory, { recursive: true });
});

/** Kong's end: writes what it is given, reads until enough is there or the server closes. */
class Peer {
  readonly #socket: net.Socket;
  #read: Uint8Array = new Uint8Array(0);
  ended: "end" | Error | undefined;
  #changed = () => {};

  constructor() {
    this.#socket = net.connect(file);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes: Uint8Array) => {
      this.#read = concat(this.#read, bytes);
      this.#changed();
    });
    this.#socket.on("end", () => this.#end("end"));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("it was closed")));
  }

  #end(how: "end" | Error): void {
    this.ended ??= how;
    this.#changed();
  }

  /** Writes pieces one at a time, so that they arrive one at a time. */
  async write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      await new Promise((resolve) => this.#socket.write(piece, resolve));
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What has come in since the last time, once `enough` is content with it. */
  async read(enough: (bytes: Uint8Array) => boolean): Promise<Uint8Array> {
    while (!enough(this.#read) && !this.ended) {
      await new Promise<void>((resolve) => this.#changed = resolve);
    }
    const bytes = this.#read;
    this.#read = new Uint8Array(0);
    return bytes;
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    await new Promise((resolve) => this.#socket.once("close", resolve).destroy());
  }
}

/** Whether bytes are at least `count` whole frames. */
const frames = (count: number) => (bytes: Uint8Array) => {
  try {
    return unframed(bytes).length >= count;
  } catch {
    return false;
  }
};

const command = (sequence: number, call: messages.RpcCall["call"]) =>
  framed(messages.RpcCall.encode({ sequence, call }).finish());

const START = {
  $case: "cmd_start_instance",
  value: { name: "guard", config: new TextEncoder().encode("{}") },
} as const;

describe("one socket speaks both protocols", () => {
  for (const [how, cut] of Object.entries(CUTS)) {
    test(`with bytes that come ${how}`, async () => {
      const [kong2, kong3] = [new Peer(), new Peer()];
      await kong3.write(cut(command(2, START)));
      const [started] = unframed(await kong3.read(frames(1)));
      const { value } = messages.RpcReturn.decode(started!).return as {
        value: messages.InstanceStatus;
      };
      const { instance_id } = value;
      const handle = { $case: "cmd_handle_event", value: { instance_id, event_name: "access" } };
      await kong3.write(cut(command(3, handle as messages.RpcCall["call"])));
      const [name] = unframed(await kong3.read(frames(2)));
      assert.equal(new TextDecoder().decode(name), "kong.request.get_method");
      // The instance that was started over the one is there for the other.
      const argument = { InstanceId: instance_id, EventName: "access" };
      await kong2.write(cut(encode([0, 70_000, "plugin.HandleEvent", [argument]])));
      const answered = await kong2.read((bytes) => bytes.length > 40);
      const greeting = encode([2, "serverPid", 4711]).length;
      const [, messageId, error, result] = decode(answered.subarray(greeting)) as unknown[];
      assert.deepEqual([messageId, error], [70_000, null]);
      assert.deepEqual((result as { Data: unknown }).Data, {
        Method: "kong.request.get_method",
        Args: [],
      });
      await kong3.write(cut(framed(messages.String.encode({ v: "GET" }).finish())));
      const end = unframed(await kong3.read(frames(2)));
      assert.equal(end[0]!.length, 0);
      assert.equal(messages.RpcReturn.decode(end[1]!).sequence, 3);
      await Promise.all([kong2.close(), kong3.close()]);
    });
  }

  test("and a connection that is closed for want of an instance ends without an error", async () => {
    const peer = new Peer();
    const handle = { instance_id: 5, event_name: "access" };
    await peer.write([command(2, { $case: "cmd_handle_event", value: handle })]);
    assert.equal((await peer.read(() => false)).length, 0);
    assert.equal(peer.ended, "end");
    await peer.close();
  });

  test("and a connection that says nothing, or too little, harms nobody", async () => {
    const [silent, short] = [new Peer(), new Peer()];
    await short.write([Uint8Array.of(0x94)]);
    await Promise.all([silent.close(), short.close()]);
    assert.doesNotMatch(entries.join("\n"), /\[error\]/);
  });
});
