// Frames that no Kong sends: the connection ends, with the event that it owns, and no other is harmed.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { concat, CUTS, fromHex, seededRandom } from "../../support/pieces.ts";
import { framed, type ProtobufClient, unframed } from "../support/protobuf_client.ts";
import { serveProtobuf, text } from "../support/protobuf_server.ts";
import { readRecordings } from "../support/recordings.ts";
import { sentByKong } from "../support/streams.ts";

function serve() {
  const started = serveProtobuf(async (event) => {
    await event.call("kong.request.get_method", []);
    await event.call("kong.request.get_path", []);
  }, { limits: { messageBytes: 64 * 1024 } });
  servers.push(started.server);
  return started;
}

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** A connection with an event in the middle, which nothing that happens elsewhere may harm. */
async function bystander(connect: () => ProtobufClient) {
  const client = connect();
  const sequence = client.handle(await client.start("guard"));
  await client.call();
  return async () => {
    client.answer(text("GET"));
    assert.equal((await client.call()).method, "kong.request.get_path");
    client.answer(text("/"));
    assert.equal(await client.turn(), sequence);
    assert.equal(client.closed, undefined);
  };
}

const call = (hex: string) => framed(fromHex(hex.replaceAll(" ", "")));

/** A command whose configuration is nested deeper than anything is read. */
function nested(depth: number): Uint8Array {
  let value: messages.Value = { kind: undefined };
  for (let i = 0; i < depth; i++) {
    value = { kind: { $case: "list_value", value: { values: [value] } } };
  }
  return messages.Value.encode(value).finish();
}

describe("frames that are no command close their connection and harm no other", () => {
  const garbage: Readonly<Record<string, Uint8Array>> = {
    "an HTTP request": new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "an empty frame": call(""),
    "a number and no command": call("08 02"),
    "a command that Kong does not have": call("08 02 aa 02 00"),
    "bytes that are no message": call("ff ff ff ff ff ff ff ff ff ff ff"),
    "a message that ends too early": call("08 02 8a 02 20 0a 03 73 69 6d"),
    "a number of more than ten bytes": call("08 ff ff ff ff ff ff ff ff ff ff ff 01 a2 02 00"),
    "a number beyond 2^53": call("08 ff ff ff ff ff ff ff ff 7f a2 02 00"),
    "the end of a group": call("08 02 0c a2 02 00"),
    "a field of number 0": call("08 02 00 a2 02 00"),
    "a field inside that is longer than its command": call("08 02 a2 02 04 12 08 61 63 63"),
    "a frame above the limit": fromHex("01000100"),
    "a frame of 4 GiB": fromHex("ffffffff"),
    "a MessagePack request of an unknown service": fromHex(
      "940001a86b6f6e672e46 6f6f90".replace(" ", ""),
    ),
  };
  for (const [what, bytes] of Object.entries(garbage)) {
    for (const [how, cut] of Object.entries(CUTS)) {
      test(`${what}, ${how}`, async () => {
        const { server, connectProtobuf } = serve();
        const finish = await bystander(connectProtobuf);
        const client = connectProtobuf();
        client.feed(...cut(bytes));
        assert.equal(client.closed, "destroy");
        assert.deepEqual(client.frames, []);
        await finish();
        assert.equal(server.events.size, 0);
      });
    }
  }

  test("noise of every kind", async () => {
    const { server, connectProtobuf } = serve();
    const finish = await bystander(connectProtobuf);
    const random = seededRandom(98);
    for (let round = 0; round < 2000; round++) {
      const client = connectProtobuf();
      const noise = Uint8Array.from({ length: 1 + random() * 60 }, () => random() * 256);
      client.feed(round % 2 === 0 ? noise : framed(noise));
      client.leave();
    }
    await finish();
    assert.equal(server.events.size, 0);
  });

  test("what Kong sends, with one byte changed", async () => {
    const { server, connectProtobuf } = serve();
    const finish = await bystander(connectProtobuf);
    const random = seededRandom(97);
    const recordings = readRecordings("protobuf-3.9");
    for (let round = 0; round < 1000; round++) {
      const [stream = new Uint8Array(0)] = sentByKong(recordings[round % recordings.length]!);
      const changed = stream.slice(0, 2000);
      changed[Math.floor(random() * changed.length)]! ^= 1 << Math.floor(random() * 8);
      const client = connectProtobuf();
      client.feed(changed);
      client.leave();
    }
    await finish();
    assert.equal(server.events.size, 0);
  });
});

describe("frames out of turn", () => {
  test("while an event works end the connection and the event", async () => {
    const { server, connectProtobuf, begun } = serveProtobuf(() => new Promise(() => {}));
    servers.push(server);
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    client.answer(text("GET"));
    assert.equal(client.closed, "destroy");
    assert.equal(begun[0]!.end, "abandoned");
    assert.equal(server.events.size, 0);
  });

  test("while a command has no answer yet end the connection", async () => {
    const { connectProtobuf } = serve();
    const client = connectProtobuf();
    const started = client.start("guard");
    started.catch(() => {});
    client.handle(1);
    assert.equal(client.closed, "destroy");
    await assert.rejects(started, /closed the connection/);
  });

  test("of which the second is glued to an answer do the same", async () => {
    const { server, connectProtobuf } = serve();
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    const answer = framed(text("GET"));
    client.feed(concat(answer, answer));
    assert.equal(client.closed, "destroy");
    assert.equal(server.events.size, 0);
  });
});

describe("values that are nested too deep", () => {
  test("fail the call, and the event goes on", async () => {
    const errors: unknown[] = [];
    const { server, connectProtobuf } = serveProtobuf(async (event) => {
      for (let i = 0; i < 3; i++) {
        await event.call("kong.ctx.shared.get", ["k"]).catch((error) => errors.push(error));
      }
    });
    servers.push(server);
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"));
    for (const depth of [60, 1000, 40]) {
      await client.call();
      client.answer(nested(depth));
    }
    assert.equal(await client.turn(), sequence);
    assert.equal(errors.length, 2);
    assert.match(
      String(errors[0]),
      /kong\.ctx\.shared\.get: Kong's answer cannot be read: .*recursion/,
    );
  });
});

test("frames of tests are taken apart as they are put together", () => {
  const frames = [fromHex(""), fromHex("00"), new Uint8Array(70_000)];
  assert.deepEqual(unframed(concat(...frames.map(framed))), frames);
});
