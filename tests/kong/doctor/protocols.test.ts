// Plugins of both protocols on one socket: whether what listens there can change between them.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { VERSION } from "../../../src/base/version.ts";
import { detectRuntime } from "../../../src/runtime/detect.ts";
import { checkServer } from "../../../src/kong/doctor/server.ts";
import type { KongProtocol } from "../../../src/kong/protocol/protocol_of.ts";
import { RpcReturn } from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { runGibbon } from "../../support/gibbon.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { framed } from "../support/protobuf_client.ts";

const space = useWorkspace();

const BOTH: readonly KongProtocol[] = ["MsgPack:1", "ProtoBuf:1"];
const NAMES = RpcReturn.encode({
  sequence: 1,
  return: { $case: "plugin_names", value: { names: ["one"] } },
}).finish();

/** How a server takes the first byte of a conversation: what it answers, or that it closes. */
type Take = (protocol: KongProtocol, before: KongProtocol | undefined) => Uint8Array | undefined;

const status = (more: object) => encode([1, 1, null, { Pid: process.pid, Plugins: {}, ...more }]);
const answer = (protocol: KongProtocol, more: object) =>
  protocol === "MsgPack:1" ? status(more) : framed(NAMES);

/** A gibbon that changes its protocol between conversations, and one that keeps the first. */
const NEW: Take = (protocol) => answer(protocol, { Version: VERSION });
const OLD: Take = (protocol, before = protocol) =>
  protocol === before ? answer(protocol, { Version: "0.0.1" }) : undefined;
const OTHER: Take = (protocol) => protocol === "MsgPack:1" ? answer(protocol, {}) : undefined;
const PROTOBUF_ALONE: Take = (protocol) =>
  protocol === "ProtoBuf:1" ? answer(protocol, {}) : undefined;

/** A server that takes each chunk for a conversation of its own. */
async function listen(take: Take): Promise<string> {
  const socket = join(await space.folder(), "s.sock");
  const peers = new Set<Socket>();
  const server = createServer((peer) => {
    peers.add(peer);
    let before: KongProtocol | undefined;
    peer.on("error", () => {});
    peer.on("data", (bytes: Uint8Array) => {
      const protocol = bytes[0] === 0x94 ? "MsgPack:1" : "ProtoBuf:1";
      const given = take(protocol, before);
      before = protocol;
      if (given) peer.write(given);
      else peer.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  space.later(() => {
    for (const peer of peers) peer.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return socket;
}

const ask = async (take: Take, expected: readonly KongProtocol[]) =>
  await askAt(await listen(take), expected);

async function askAt(path: string, expected: readonly KongProtocol[]) {
  const runtime = await detectRuntime();
  const asking = { runtime, path, timeoutMs: 10_000, expected: new Set(expected) };
  const { findings } = await checkServer(asking);
  const of = (state: string) => findings.filter((finding) => finding.state === state);
  return { problems: of("problem"), ok: of("ok").map(({ text }) => text).join("\n") };
}

describe("a server whose socket has plugins of both protocols", () => {
  test("is well if it changes between conversations", async () => {
    const { problems, ok } = await ask(NEW, BOTH);
    assert.deepEqual(problems, []);
    assert.match(ok, /both protocols to it, and it can change/);
  });

  test("is well if it is this gibbon", async () => {
    const folder = await space.folder({
      "plugins/one.js": "module.exports = { Plugin: class { access() {} } };",
    });
    const socket = join(folder, "s.sock");
    const args = ["serve", "--plugins-directory", join(folder, "plugins"), "--socket", socket];
    await space.gibbon(args).saying("serving plugins");
    const { problems, ok } = await askAt(socket, BOTH);
    assert.deepEqual(problems, []);
    assert.match(ok, /both protocols to it, and it can change/);
  });

  test("is a problem if it is an older gibbon", async () => {
    const { problems: [found, ...others] } = await ask(OLD, BOTH);
    assert.deepEqual(others, []);
    assert.match(found!.text, /both protocols to it, in turn on the same connections/);
    assert.match(found!.remedy!, /Restart it with this gibbon.*Else:.*name one protocol/);
  });

  test("is a problem if it is another server", async () => {
    const { problems: [found] } = await ask(OTHER, BOTH);
    assert.match(found!.text, /cannot change/);
    assert.match(found!.remedy!, /^Have all query_cmds/);
    const { problems: [alone] } = await ask(PROTOBUF_ALONE, BOTH);
    assert.match(alone!.text, /says MsgPack:1, which it does not speak/);
  });

  test("is well if all its plugins have one protocol", async () => {
    for (const take of [NEW, OLD]) {
      for (const expected of [[], ["MsgPack:1"], ["ProtoBuf:1"]] as const) {
        assert.deepEqual((await ask(take, expected)).problems, []);
      }
    }
  });
});

test("gibbon doctor reads the protocols of a socket out of all its query_cmds", async () => {
  const socket = await listen(OLD);
  const dump = (name: string, Protocol: KongProtocol) => {
    const Schema = { name, fields: [{ config: { type: "record", fields: [] } }] };
    const plugin = { Name: name, Version: "1.0.0", Priority: 1, Phases: ["access"], Schema };
    return JSON.stringify({ Protocol, Plugins: [plugin] });
  };
  const folder = await space.folder({
    "one.json": dump("one", "MsgPack:1"),
    "two.json": dump("two", "ProtoBuf:1"),
  });
  const servers = ["one", "two"].map((name) =>
    `pluginserver_${name}_socket = ${socket}\n` +
    `pluginserver_${name}_query_cmd = cat ${join(folder, name)}.json\n`
  );
  const conf = join(folder, "kong.conf");
  const head = "plugins = bundled,one,two\npluginserver_names = one,two\n";
  await writeFile(conf, head + servers.join(""));
  const mixed = /problem +.*s\.sock: Kong speaks both protocols/;
  const args = ["doctor", "--kong-conf", conf, "--kong-user", "root"];
  assert.match((await runGibbon(args)).stdout, mixed);
  await writeFile(join(folder, "one.json"), dump("one", "ProtoBuf:1"));
  assert.doesNotMatch((await runGibbon(args)).stdout, mixed);
});
