// Workers that die, block or cannot start, and a supervisor that is gone.
// Slow: 11 servers of three processes each, whose workers are replaced; a block of half a second and the
// pauses between restarts are waited out.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { encode } from "../../../../src/wire/msgpack/codec.ts";
import { replaceFile, useWorkspace } from "../../../support/workspace.ts";
import { SocketClient, stopsRequest } from "../../support/rpc_client.ts";
import { lives, runWho, until, whoFiles, whoOf, WorkerServer } from "./support.ts";

const space = useWorkspace();
const serve = (...more: string[]) => WorkerServer.start(space, ...more);
const launch = (files: Record<string, string>, ...more: string[]) =>
  WorkerServer.launch(space, files, ...more);

/**
 * Connects until it is refused; says how. While a worker is dying, its socket still takes
 * connections and breaks them: what Bun calls a failure to connect then, ECONNRESET, is a
 * connection that was made and broken for the others.
 */
async function refusal(socket: string): Promise<unknown> {
  let problem: unknown;
  await until(async () => {
    problem = await SocketClient.connect(socket).then((client) => client.leave(), (e) => e.code);
    return problem !== undefined && problem !== "ECONNRESET";
  });
  return problem;
}

const closed = (client: SocketClient) => until(() => client.closed);

describe("a worker that is killed", () => {
  test("takes only its own events with it, and its successor has all instances", async () => {
    const server = await serve();
    const starter = await server.connect();
    const first = await starter.start("who", { tag: "first" });
    const second = await starter.start("who", { tag: "second" });
    const [victim, other] = await server.connectBoth(first);
    const { EventId } = await other.client.event(second);
    const { EventId: lost } = await victim.client.event(first);

    process.kill(victim.pid, "SIGKILL");
    await closed(victim.client);
    assert.equal(whoOf(await other.client.step(EventId)).tag, "second");
    assert.equal(await other.client.step(EventId), "ret");
    assert.ok(stopsRequest(await other.client.step(lost)));
    await server.gibbon.saying("code=NO_EVENT");
    assert.match(server.gibbon.stderr(), /the client's request is stopped: .*code=NO_EVENT/);

    await server.gibbon.saying("a worker process was replaced");
    assert.match(
      server.gibbon.stderr(),
      /a worker process died; another one takes its place .*SIGKILL/,
    );
    const successor = await server.connectBeside(first, [victim.pid, other.pid]);
    assert.equal((await runWho(successor.client, first)).tag, "first");
    assert.equal((await runWho(successor.client, second)).tag, "second");
  });

  test("leaves the events of others that were stepped through it", async () => {
    const server = await serve();
    const instance = await (await server.connect()).start("who");
    const [victim, other] = await server.connectBoth(instance);
    const { EventId } = await other.client.event(instance);
    whoOf(await victim.client.step(EventId));
    process.kill(victim.pid, "SIGKILL");
    await closed(victim.client);
    assert.equal(await other.client.step(EventId), "ret");
  });

  test("is not missed by an instance that is started meanwhile", async () => {
    const server = await serve();
    const instance = await (await server.connect()).start("who");
    const [victim, other] = await server.connectBoth(instance);
    process.kill(victim.pid, "SIGKILL");
    const started: number[] = [];
    for (let i = 0; i < 20; i++) started.push(await other.client.start("who", { tag: `${i}` }));
    const successor = await server.connectBeside(instance, [victim.pid, other.pid]);
    for (const [i, id] of started.entries()) {
      assert.equal((await runWho(successor.client, id)).tag, `${i}`);
    }
  });
});

describe("a worker that is blocked", () => {
  test("is replaced, and the other one serves on", async () => {
    const server = await serve("--worker-timeout", "0.5");
    const instance = await (await server.connect()).start("who");
    const [victim, other] = await server.connectBoth(instance);
    const block = { InstanceId: instance, EventName: "rewrite" };
    victim.client.feed([encode([0, 99, "plugin.HandleEvent", [block]])]);
    assert.equal((await runWho(other.client, instance)).pid, other.pid);
    await closed(victim.client);
    assert.match(server.gibbon.stderr(), /a worker process is killed.*it was blocked/);
    const successor = await server.connectBeside(instance, [victim.pid, other.pid]);
    assert.equal((await runWho(successor.client, instance)).tag, "none");
  });
});

describe("a supervisor that is killed", () => {
  test("takes its workers with it, and another server takes its place", async () => {
    const server = await serve();
    const instance = await (await server.connect()).start("who");
    const both = await server.connectBoth(instance);
    server.gibbon.signal("SIGKILL");
    await server.gibbon.ended;
    await until(() => !both.some(({ pid }) => lives(pid)));
    assert.ok(existsSync(server.socket));
    const successor = await server.again();
    await (await successor.connect()).start("who");
  });
});

describe("a supervisor that is killed while a worker is blocked", () => {
  test("takes that one with it too: its socket is deserted", async () => {
    const server = await serve();
    const instance = await (await server.connect()).start("who");
    const [victim, other] = await server.connectBoth(instance);
    const block = { InstanceId: instance, EventName: "rewrite" };
    victim.client.feed([encode([0, 99, "plugin.HandleEvent", [block]])]);
    // Bytes that it does not take any more show that it is blocked.
    const status = victim.client.request("plugin.GetStatus").catch(() => "never");
    server.gibbon.signal("SIGKILL");
    await server.gibbon.ended;
    await until(() => !lives(victim.pid) && !lives(other.pid));
    assert.equal(await status, "never");
    const successor = await server.again();
    await (await successor.connect()).start("who");
  });
});

describe("a program that a plugin started", () => {
  test("does not keep the socket when the server is gone", async () => {
    const starter = `
      import { spawn } from "node:child_process";
      import { dirname } from "node:path";
      import { fileURLToPath } from "node:url";
      import { definePlugin } from "gibbon";
      import * as v from "valibot";
      // Not in the server's process group; it ends when the plugin's folder is gone.
      const script = 'while [ -d "$0" ]; do sleep 1; done';
      const folder = dirname(fileURLToPath(import.meta.url));
      const child = spawn("sh", ["-c", script, folder], { stdio: "ignore", detached: true });
      child.unref();
      export default definePlugin({
        name: "starter",
        version: "1.0.0",
        config: v.object({}),
        access: (kong) => kong.response.setHeader("x-child", String(child.pid)),
      });
    `;
    const server = await launch({ "starter.ts": starter });
    await server.gibbon.saying("serving plugins");
    const instance = await (await server.connect()).start("starter");
    const children = new Set<number>();
    while (children.size < 2) {
      const { Data } = await (await server.connect()).event(instance);
      children.add(Number((Data as { Args: string[] }).Args[1]));
    }
    try {
      server.gibbon.signal("SIGKILL");
      await server.gibbon.ended;
      // Nobody accepts any more, and nobody could: else whoever connects would wait for ever.
      assert.equal(await refusal(server.socket), "ECONNREFUSED");
      for (const child of children) assert.ok(lives(child));
    } finally {
      for (const child of children) process.kill(child, "SIGKILL");
    }
  });
});

describe("workers that cannot start", () => {
  test("end the server at once, and no socket appears", async () => {
    const server = await launch({}, "--plugins-directory", "/nowhere/at/all");
    const { code } = await server.gibbon.ended;
    assert.equal(code, 1);
    assert.match(server.gibbon.stderr(), /PLUGIN_DIRECTORY/);
    assert.equal(existsSync(server.socket), false);
  });

  test("since a plugin blocks them do not keep the server from ending", async () => {
    const blocks = `
      require("node:fs").writeFileSync(__dirname + "/blocked", "");
      while (true);
    `;
    const server = await launch({ "blocks.js": blocks });
    await until(() => existsSync(join(server.directory, "blocked")));
    server.gibbon.signal("SIGTERM");
    const { code } = await server.gibbon.ended;
    assert.equal(code, 0, server.gibbon.stderr());
    assert.equal(existsSync(server.socket), false);
  });

  test("are not tried again and again without a pause", async () => {
    // Kills its process as long as there is a file: soon after it serves, not while it starts.
    const deadly = `
      const { execFileSync } = require("node:child_process");
      const { existsSync } = require("node:fs");
      // By another process: signals to its own are kept from plugins.
      const kill = () => execFileSync("sh", ["-c", "kill -9 " + process.pid]);
      setInterval(() => existsSync(__dirname + "/die") && kill(), 350);
      module.exports = { Plugin: class { access() {} }, Version: "1", Priority: 1 };
    `;
    const server = await launch({ ...whoFiles(), "z_deadly.js": deadly });
    await server.gibbon.saying("serving plugins");
    await writeFile(join(server.directory, "die"), "");
    await server.gibbon.saying("worker processes keep dying");

    await rm(join(server.directory, "die"));
    await server.gibbon.saying("a worker process was replaced");
    const client = await server.connect();
    await runWho(client, await client.start("who"));
  });
});

describe("a module that costs its worker process while it is imported is left out", () => {
  const EXPORTS = `module.exports = { Plugin: class { access() {} }, Version: "1", Priority: 1 };`;
  /** Whether it does so, it says in a file. */
  const when = (code: string) => `
    const { existsSync } = require("node:fs");
    if (existsSync(__dirname + "/now")) ${code};
    ${EXPORTS}
  `;
  const kill = (signal: string) =>
    when(
      `require("node:child_process").execFileSync("sh", ["-c", "kill -${signal} " + process.pid])`,
    );

  const late = (signal: string) =>
    when(
      `setTimeout(() => require("node:child_process").execFileSync("sh", ["-c", "kill -${signal} " + process.pid]), 20)`,
    );

  /** Gives the others time for what they do late, before anybody is served. */
  const slow = "await new Promise((done) => setTimeout(done, 300));";

  for (
    const [what, code, says] of [
      ["is killed", kill("KILL"), /importing it ends \(SIGKILL\) the worker process/],
      ["crashes", kill("ABRT"), /importing it ends \(SIGABRT\) the worker process/],
      ["crashes a moment later", late("ABRT"), /importing it ends \(SIGABRT\) the worker process/],
      ["is blocked", when("for (;;)"), /importing it blocks the worker process/],
    ] as const
  ) {
    test(`where it ${what}, at the start; the others are served`, async () => {
      const server = await launch({
        ...whoFiles(),
        "deadly.js": code,
        "now": "",
        "slow.mjs": slow,
      });
      await server.gibbon.saying("serving plugins");
      const log = server.gibbon.stderr();
      assert.match(log, says);
      assert.match(log, /a module is left out: .*code=PLUGIN_BROKEN file=\S*deadly\.js/);
      assert.match(log, /serving plugins.*plugins=who /);
      const client = await server.connect();
      await runWho(client, await client.start("who"));
      await assert.rejects(client.start("deadly"));
    });
  }

  test("where it spoils what all share, also when it is reloaded; no other is run there", async () => {
    const spoils = `Object.defineProperty(String.prototype, "endsWith", { value: () => true })`;
    const frozen = `${spoils}; Object.freeze(String.prototype)`;
    const files = { ...whoFiles(), "a_spoils.js": when(frozen), "now": "" };
    const server = await launch(files, "--watch");
    await server.gibbon.saying("serving plugins");
    const log = server.gibbon.stderr();
    assert.match(log, /a module is left out: importing it spoils the worker process.*a_spoils\.js/);
    assert.match(log, /left out.*a_spoils\.js changed String\.prototype/);
    const client = await server.connect();
    await runWho(client, await client.start("who"));
    await assert.rejects(client.start("a_spoils"));

    await replaceFile(join(server.directory, "who2.js"), `"use strict"; ${frozen}; ${EXPORTS}`);
    await server.gibbon.saying(/spoils the worker process.*who2\.js/);
    await server.gibbon.saying(/a worker process was replaced/);
    await until(async () => {
      const after = await server.connect();
      return await runWho(after, await after.start("who")).then(() => true, () => false);
    });
  });

  test("until its file has changed", async () => {
    const files = { ...whoFiles(), "deadly.js": kill("ABRT"), "now": "" };
    const server = await launch(files, "--watch");
    await server.gibbon.saying("serving plugins");
    await writeFile(join(server.directory, "deadly.js"), EXPORTS);
    await server.gibbon.saying("plugins were loaded again");
    await (await server.connect()).start("deadly");
  });
});
