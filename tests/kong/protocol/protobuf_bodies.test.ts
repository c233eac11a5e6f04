// Bodies that nginx has put into a file: ProtoBuf:1 tells where, and the plugin gets what is in it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { GibbonError } from "../../../src/base/errors.ts";
import { Kong } from "../../../src/kong/pdk/kong.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { serveProtobuf } from "../support/protobuf_server.ts";
import { makeFolder } from "../../support/folder.ts";

let directory: string;
before(async () => {
  directory = (await makeFolder()).path;
});
after(() => rm(directory, { recursive: true }));

const result = (kind: messages.RawBodyResult["kind"]) =>
  messages.RawBodyResult.encode({ kind }).finish();

/** Asks for the body; gives it, or the error. */
async function ask(kind: messages.RawBodyResult["kind"], mostBytes?: number, limit?: number) {
  let outcome: unknown;
  const { server, connectProtobuf } = serveProtobuf(async (event) => {
    outcome = await new Kong(event).request.getRawBody(mostBytes).catch((error) => error);
  }, limit === undefined ? {} : { limits: { messageBytes: limit } });
  const client = connectProtobuf();
  const sequence = client.handle(await client.start("guard"));
  assert.deepEqual(await client.call(), {
    method: "kong.request.get_raw_body",
    args: new Uint8Array(0),
  });
  client.answer(result(kind));
  assert.equal(await client.turn(), sequence);
  await server.close("the test is over");
  return outcome;
}

/** Writes a file as nginx would. */
async function spool(name: string, body: Uint8Array) {
  const file = path.join(directory, name);
  await writeFile(file, body);
  return { $case: "body_filepath", value: file } as const;
}

describe("a body", () => {
  test("in memory comes as it is", async () => {
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assert.deepEqual([...await ask({ $case: "content", value }) as Uint8Array], [...value]);
  });

  test("in a file is read whole", async () => {
    const body = Uint8Array.from({ length: 300_000 }, (_, at) => at * 7);
    const got = await ask(await spool("large", body)) as Uint8Array;
    assert.equal(got.length, body.length);
    assert.ok(got.every((byte, at) => byte === body[at]));
  });

  test("in an empty file is empty", async () => {
    const got = await ask(await spool("empty", new Uint8Array(0)));
    assert.deepEqual([...got as Uint8Array], []);
  });

  test("in a file larger than the plugin takes is refused", async () => {
    const file = await spool("too-large", new Uint8Array(1001));
    const error = await ask(file, 1000) as GibbonError;
    assert.match(error.message, /has 1001 bytes.*taken 1000$/);
    assert.deepEqual([error.code, /maxFileBytes/.test(error.remedy ?? "")], ["PDK_FAILED", true]);
    assert.equal((await ask(file, 1001) as Uint8Array).length, 1001);
  });

  test("in a file larger than any message is refused, whatever the plugin takes", async () => {
    const file = await spool("huge", new Uint8Array(5001));
    for (const most of [0, 1e9]) {
      assert.match(String(await ask(file, most, 5000)), /has 5001 bytes.*taken 5000$/);
    }
    assert.equal((await ask(file, 0, 5001) as Uint8Array).length, 5001);
  });

  test("in a file that is not there, or is none, fails with the path and what to do", async () => {
    const folder = path.join(directory, "folder");
    await mkdir(folder);
    for (const value of [path.join(directory, "nothing"), folder, "/dev/null", ""]) {
      const error = await ask({ $case: "body_filepath", value }) as Error & { remedy: string };
      assert.ok(
        error.message.startsWith(`kong.request.get_raw_body: Kong has the body in ${value}:`),
      );
      assert.match(error.remedy, /client_body_buffer_size.*client_body_temp/);
    }
  });

  test("in a pipe that nobody writes to fails at once", async () => {
    const value = path.join(directory, "pipe");
    execFileSync("mkfifo", [value]);
    const error = await ask({ $case: "body_filepath", value });
    assert.match(String(error), /Kong has the body in .*pipe: it is no file/);
  });

  test("that Kong could not get fails with Kong's words", async () => {
    const error = await ask({ $case: "error", value: "no body today" });
    assert.match(String(error), /kong\.request\.get_raw_body: no body today$/);
  });

  test("that is nil is nothing", async () => {
    assert.equal(await ask(undefined), undefined);
  });
});

describe("a gateway that leaves while a body is read", () => {
  test("ends the event, and the body goes nowhere", async () => {
    let outcome: unknown;
    const { server, connectProtobuf, begun } = serveProtobuf(async (event) => {
      outcome = await event.call("kong.request.get_raw_body", []).catch((error) => error);
    });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    client.answer(result(await spool("late", new Uint8Array(100_000))));
    client.leave();
    assert.equal(begun[0]!.end, "abandoned");
    assert.equal(server.events.size, 0);
    while (outcome === undefined) await new Promise((resolve) => setImmediate(resolve));
    assert.match(String(outcome), /the gateway closed the connection/);
    await server.close("the test is over");
    assert.deepEqual(client.frames, []);
  });
});
