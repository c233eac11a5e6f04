// gibbon serve as a process: its socket, its signals, its parent, and what plugins leave behind.
// Slow: 18 servers and failed starts, since it is their start and end that is tested.
import assert from "node:assert/strict";
import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { gibbonCommand, type GibbonOptions, runGibbon } from "../support/gibbon.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";

const HELLO = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
import { greet } from "./lib/greet.ts";

export default definePlugin({
  name: "hello",
  version: "1.0.0",
  priority: 5,
  config: v.object({ message: v.optional(v.string(), "hi") }),
  async access(kong, config) {
    const host = await kong.request.getHeader("host");
    await kong.response.setHeader("x-hello", greet(config.message, host));
  },
});
`;
const GREET = "export const greet = (a: string, b?: string): string => `${a}, ${b}`;\n";

/** Does everything that must not end a server. */
const RUDE = `
"use strict";
class Plugin {
  async access(kong) {
    setTimeout(() => { throw new Error("thrown by a timer"); }, 0);
    Promise.reject(new Error("rejected in passing"));
    await kong.request.getMethod();
  }
}
module.exports = { Plugin, Version: "0.1.0", Priority: 1 };
`;

const space = useWorkspace();
const folder = (files?: Record<string, string>) => space.folder(files);
const start = (args: string[], options?: GibbonOptions) => space.gibbon(args, options);

const plugins = () => folder({ "hello.ts": HELLO, "lib/greet.ts": GREET, "rude.js": RUDE });

/** Starts a server on a socket of its own, and waits until it serves. */
async function serve(...more: string[]) {
  const directory = await plugins();
  const socket = join(await folder(), "s.sock");
  const gibbon = start(["serve", "--plugins-directory", directory, "--socket", socket, ...more]);
  await gibbon.saying("serving plugins");
  return { gibbon, socket, directory };
}

describe("a server", () => {
  test("serves an event of a TypeScript plugin, and ends well on SIGTERM", async () => {
    const { gibbon, socket } = await serve();
    assert.equal(lstatSync(socket).mode & 0o777, 0o600);
    const client = await SocketClient.connect(socket);
    const { EventId, Data } = await client.event(await client.start("hello", { message: "hey" }));
    assert.deepEqual(Data, { Method: "kong.request.get_header", Args: ["host"] });
    assert.deepEqual(await client.step(EventId, "example.test"), {
      Method: "kong.response.set_header",
      Args: ["x-hello", "hey, example.test"],
    });
    assert.equal(await client.step(EventId), "ret");
    gibbon.signal("SIGTERM");
    const { code, signal } = await gibbon.ended;
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, gibbon.stderr());
    assert.equal(existsSync(socket), false);
    assert.equal(gibbon.stdout(), "");
  });

  test("lets events under way finish, and takes no new ones, once it is told to stop", async () => {
    const { gibbon, socket } = await serve();
    const client = await SocketClient.connect(socket);
    const id = await client.start("hello");
    const { EventId } = await client.event(id);
    gibbon.signal("SIGTERM");
    await gibbon.saying("stopping");
    // The supervisor says so; the worker hears of it a moment later.
    await until(async () => {
      const { EventId, Data } = await client.event(id);
      if ((Data as { Method: string }).Method === "kong.response.exit") return true;
      await client.step(EventId);
      await client.step(EventId);
      return false;
    });
    // The next step comes on a new connection, as it may.
    const other = await SocketClient.connect(socket);
    await other.step(EventId, "example.test");
    assert.equal(await other.step(EventId), "ret");
    assert.equal((await gibbon.ended).code, 0);
    assert.equal(existsSync(socket), false);
  });

  test("cuts events off when their grace time is over", async () => {
    const { gibbon, socket } = await serve("--grace", "0.05");
    const client = await SocketClient.connect(socket);
    await client.event(await client.start("hello"));
    gibbon.signal("SIGTERM");
    assert.equal((await gibbon.ended).code, 0);
    assert.match(gibbon.stderr(), /cut off/);
  });

  test("takes the place of a dead server, but not of another program that answers", async () => {
    const { gibbon, socket, directory } = await serve();
    await gibbon.kill();
    await gibbon.allGone();
    assert.equal(existsSync(socket), true);
    const args = ["serve", "--plugins-directory", directory, "--socket", socket];
    const second = start(args);
    await second.saying("serving plugins");
    await (await SocketClient.connect(socket)).result("plugin.GetStatus");
    second.signal("SIGTERM");
    await second.ended;

    const other = createServer((client) => client.destroy()).listen(socket);
    await new Promise((resolve) => other.once("listening", resolve));
    const third = await runGibbon(args);
    assert.equal(third.code, 1);
    assert.match(third.stderr, /SOCKET_IN_USE.*s\.sock/);
    await new Promise((resolve) => other.close(resolve));
  });

  test("does not remove a socket that has become another server's", async () => {
    const { gibbon, socket } = await serve();
    await rename(socket, `${socket}.moved`);
    const other = createServer().listen(socket);
    await new Promise((resolve) => other.once("listening", resolve));
    gibbon.signal("SIGTERM");
    assert.equal((await gibbon.ended).code, 0);
    assert.equal(existsSync(socket), true);
    await new Promise((resolve) => other.close(resolve));
  });

  test("outlives what plugins do not catch, and says whose it was", async () => {
    const { gibbon, socket } = await serve();
    const client = await SocketClient.connect(socket);
    const { EventId } = await client.event(await client.start("rude"));
    await gibbon.saying("thrown by a timer");
    await gibbon.saying("rejected in passing");
    for (const line of gibbon.stderr().split("\n").filter((line) => line.includes("unhandled"))) {
      assert.match(line, /plugin=rude/);
    }
    assert.equal(await client.step(EventId, "GET"), "ret");
    await client.result("plugin.GetStatus");
  });

  test("has the permissions that it is given", async () => {
    const { socket } = await serve(
      "--socket-mode",
      "0660",
      "--socket-group",
      String(process.getgid!()),
    );
    assert.equal(lstatSync(socket).mode & 0o777, 0o660);
  });

  test("loads the directory that a client sets, when none was fixed", async () => {
    const socket = join(await folder(), "s.sock");
    const gibbon = start(["serve", "--socket", socket]);
    await gibbon.saying("serving plugins");
    const client = await SocketClient.connect(socket);
    assert.match(String((await client.request("plugin.GetPluginInfo", "hello")).error), /hello/);
    assert.match(
      String((await client.request("plugin.SetPluginDir", "/nowhere")).error),
      /nowhere/,
    );
    assert.equal(await client.result("plugin.SetPluginDir", await plugins()), "ok");
    assert.equal((await client.result("plugin.GetPluginInfo", "hello")).Priority, 5);
  });

  for (const workers of ["0", "1"]) {
    test(`watches the directory that a client has set, with --workers ${workers}`, async () => {
      const socket = join(await folder(), "s.sock");
      const first = await plugins();
      const options = ["--allow-set-plugin-dir", "--watch", "--workers", workers];
      const gibbon = start(["serve", "--plugins-directory", first, "--socket", socket, ...options]);
      await gibbon.saying("serving plugins");
      const client = await SocketClient.connect(socket);
      const priority = async () => (await client.result("plugin.GetPluginInfo", "hello")).Priority;
      const second = await plugins();
      assert.equal(await client.result("plugin.SetPluginDir", second), "ok");
      const put = async (directory: string, number: number) => {
        const text = HELLO.replace("priority: 5", `priority: ${number}`);
        writeFileSync(join(directory, ".new"), text);
        await rename(join(directory, ".new"), join(directory, "hello.ts"));
      };
      await put(second, 6);
      await until(async () => await priority() === 6);
      await put(first, 7);
      await put(second, 8);
      await until(async () => await priority() === 8);
    });
  }
});

describe("a server in the place of another one", () => {
  test("listens where go-pluginserver does, and leaves when its parent dies", async () => {
    const directory = await plugins();
    const prefix = await folder();
    // The shell is the parent; it ends as soon as the mark is gone.
    const mark = join(await folder({ mark: "" }), "mark");
    const line = [...gibbonCommand(), "-kong-prefix", prefix, "-plugins-directory", directory];
    const quoted = line.map((word) => `'${word}'`).join(" ");
    const shell = start(["-c", `${quoted} & while [ -e '${mark}' ]; do sleep 0.05; done`], {
      command: ["sh"],
    });
    await shell.saying("serving plugins");
    const client = await SocketClient.connect(join(prefix, "go_pluginserver.sock"));
    await client.result("plugin.GetStatus");
    await rm(mark);
    await shell.saying("the parent process is gone");
    await shell.ended;
    assert.equal(existsSync(join(prefix, "go_pluginserver.sock")), false);
  });

  test("listens where the JavaScript server does", async () => {
    const prefix = await folder();
    const gibbon = start(["-p", prefix, "-d", await plugins()]);
    await gibbon.saying("serving plugins");
    await (await SocketClient.connect(join(prefix, "js_pluginserver.sock"))).result(
      "plugin.GetStatus",
    );
  });
});

describe("a start that fails", () => {
  /** Where nothing is, and nothing comes to be. */
  const UNUSED = join(tmpdir(), `gibbon-none-${process.pid}.sock`);
  const FAILURES: Record<string, [args: string[], expected: RegExp]> = {
    "without its directory": [
      ["serve", "--plugins-directory", "/nowhere/at/all", "--socket", UNUSED],
      /PLUGIN_DIRECTORY.*\/nowhere\/at\/all/,
    ],
    "where the socket cannot be": [
      ["serve", "--socket", "/nowhere/x.sock"],
      /SOCKET_FAILED.*nowhere/,
    ],
    "with a socket path that is too long": [
      ["serve", "--socket", `/tmp/${"x".repeat(120)}.sock`],
      /SOCKET_FAILED.*107/,
    ],
    "with an option that makes no sense": [["serve", "--deadline", "soon"], /--deadline/],
    "with a group that does not exist": [
      ["serve", "--socket", UNUSED, "--socket-group", "no-such-group"],
      /no-such-group/,
    ],
  };
  for (const [how, [args, expected]] of Object.entries(FAILURES)) {
    test(`${how} says so, with exit code 1`, async () => {
      const { code, stderr, stdout } = await runGibbon(args);
      assert.equal(code, 1);
      assert.match(stderr, expected);
      assert.equal(stdout, "");
    });
  }

  test("where a file is in the way leaves the file alone", async () => {
    const path = join(await folder(), "precious.txt");
    writeFileSync(path, "precious");
    const { code, stderr } = await runGibbon(["serve", "--socket", path]);
    assert.equal(code, 1);
    assert.match(stderr, /SOCKET_FAILED/);
    assert.equal(lstatSync(path).isFile(), true);
  });
});
