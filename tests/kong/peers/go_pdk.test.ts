// gibbon beside the embedded server of Kong's Go PDK, over ProtoBuf:1: the same plugin, asked the same,
// answers the same.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { toStruct, toValue } from "../../../src/kong/protocol/protobuf/values.ts";
import { gibbonCommand, makeFolder, runGibbon } from "../../support/gibbon.ts";
import { goBuild } from "../../support/go.ts";
import { RUNS_ON_NODE_ALONE } from "../../support/once.ts";
import { runProcess } from "../../support/process.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";
import {
  parseDump,
  type Peer,
  startPeer,
  TOUR_CONFIG,
  TOUR_FOLDER,
  tourAnswers,
  TOURS,
} from "./tour.ts";

const work = await makeFolder();
const program = join(work.path, "tour");
const missing = RUNS_ON_NODE_ALONE ??
  await goBuild(new URL("go_pdk", import.meta.url), ["-o", program, "./tour"]);

const EMPTY = new Uint8Array(0);

/** Kong's message for a result. */
function messageOf(method: string, result: unknown): Uint8Array {
  switch (method) {
    case "kong.request.get_port":
    case "kong.response.get_status":
      return messages.Int.encode({ v: result as number }).finish();
    case "kong.request.get_query":
    case "kong.request.get_headers":
      return messages.Struct.encode(toStruct(result as Record<string, unknown>)).finish();
    case "kong.request.get_raw_body": {
      const value = Buffer.from(result as string);
      return messages.RawBodyResult.encode({ kind: { $case: "content", value } }).finish();
    }
    case "kong.client.get_consumer":
      return messages.Consumer.encode({ tags: [], ...(result as object) }).finish();
    case "kong.ctx.shared.get":
      return messages.Value.encode(toValue(result)).finish();
    default:
      return messages.String.encode({ v: result as string }).finish();
  }
}

/** Kong's answer to a call. */
function answerTo(method: string, args: Uint8Array, path: string): Uint8Array {
  const asked = method === "kong.request.get_header" ? messages.String.decode(args).v : undefined;
  const result = asked === "host" ? "example.test" : tourAnswers(path)[method];
  return result === undefined ? EMPTY : messageOf(method, result);
}

/** The calls that the plugin makes, their arguments as they were on the wire, and how it ended. */
async function conversation(peer: Peer, phase: string, path: string): Promise<string[]> {
  const client = await ProtobufClient.connect(peer.socket);
  const said: string[] = [];
  try {
    const sequence = client.handle(await client.start("tour", TOUR_CONFIG), phase);
    for (;;) {
      const turn = await client.turn().catch(() => undefined);
      if (turn === undefined) return [...said, "closed"];
      if (typeof turn === "number") return [...said, turn === sequence ? "returned" : `${turn}`];
      const { method, args } = turn;
      said.push(`${method} ${Buffer.from(args).toString("latin1")}`);
      // Kong drops the connection here.
      if (method === "kong.response.exit") return said;
      client.answer(answerTo(method, args, path));
    }
  } finally {
    client.leave();
  }
}

/** The parts of a log line, without the plugin's name in front, which Go leaves out. */
function withoutName(call: string): string {
  const [method = "", ...args] = call.split(" ");
  if (!method.startsWith("kong.log.")) return call;
  const bytes = Buffer.from(args.join(" "), "latin1");
  const { values } = messages.ListValue.decode(bytes);
  const [first, ...rest] = values;
  const named = first?.kind?.$case === "string_value" &&
    Buffer.from(first.kind.value).toString() === "[tour] ";
  const list = messages.ListValue.encode({ values: named ? rest : values }).finish();
  return `${method} ${Buffer.from(list).toString("latin1")}`;
}

// The reason is in the title because Bun and Deno do not print that of a skip.
if (missing !== undefined) {
  test(missing, { skip: true }, () => {});
  await work.remove();
} else describe("Kong's Go PDK and gibbon", compare);

function compare(): void {
  let theirs: Peer;
  let ours: Peer;
  before(async () => {
    theirs = await startPeer([program, "-kong-prefix", work.path], `${program}.socket`);
    const socket = join(work.path, "ours.socket");
    const serve = ["serve", "--plugins-directory", TOUR_FOLDER, "--socket", socket];
    ours = await startPeer([...gibbonCommand(), ...serve], socket);
  });
  after(async () => {
    await theirs?.stop();
    await ours?.stop();
    await work.remove();
  });

  for (const [phase, path] of TOURS) {
    test(`make the same calls, byte by byte, in ${phase} of ${path}`, async () => {
      const expected = await conversation(theirs, phase, path);
      assert.notEqual(expected.at(-1), "closed");
      const said = await conversation(ours, phase, path);
      assert.deepEqual(said.map(withoutName), expected);
      // What is logged begins with the plugin's name, as Kong has it over MsgPack:1.
      const logs = said.filter((call) => call.startsWith("kong.log."));
      assert.deepEqual(logs.filter((call) => withoutName(call) === call), []);
    });
  }

  test("say the same of an instance, until it is closed", async () => {
    const said = async (peer: Peer) => {
      const client = await ProtobufClient.connect(peer.socket);
      const instance_id = await client.start("tour", TOUR_CONFIG);
      const ids: unknown[] = [];
      for (const $case of ["cmd_get_instance_status", "cmd_close_instance"] as const) {
        const status = await client.command({ $case, value: { instance_id } });
        ids.push(status?.$case === "instance_status" && status.value.instance_id);
      }
      assert.deepEqual(ids, [instance_id, instance_id]);
      // Of what is not there nothing can be said but that.
      client.send({ $case: "cmd_get_instance_status", value: { instance_id } });
      return await client.left();
    };
    assert.equal(await said(theirs), "end");
    assert.equal(await said(ours), "end");
  });

  test("close a connection whose event names an instance that is not there", async () => {
    for (const peer of [theirs, ours]) {
      const client = await ProtobufClient.connect(peer.socket);
      client.handle(123_456);
      assert.equal(await client.left(), "end");
    }
  });

  test("dump the same", async () => {
    const dumped = await runProcess([program, "-dump"]);
    const { SocketPath: _socket, ...expected } = JSON.parse(dumped.stdout);
    const args = ["dump", "--plugins-directory", TOUR_FOLDER];
    assert.deepEqual(parseDump((await runGibbon(args)).stdout), expected);
  });

  test(
    "differ where a plugin fails: theirs is gone, ours stops the request",
    async () => {
      assert.equal((await conversation(theirs, "access", "/panic")).at(-1), "closed");
      await theirs.gone;
      const said = await conversation(ours, "access", "/panic");
      assert.match(said.at(-1) ?? "", /^kong\.response\.exit .*An unexpected error occurred/s);
      assert.ok((await conversation(ours, "access", "/tour")).includes("returned"));
    },
  );
}
