// A plugin server whose parent is killed: when it ends with it, and when it lives on.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { quoted } from "../../src/base/shell_word.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { gibbonCommand } from "../support/gibbon.ts";
import { lives } from "../support/process.ts";
import { PATIENCE_MS, until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

const FILES = {
  "plugins/calm.js": `
    class Plugin { async access(kong) { await kong.request.getMethod(); } }
    module.exports = { Plugin };
  `,
  "plugins/spin.js": `
    const { writeFileSync } = require("node:fs");
    class Plugin {
      access() {
        writeFileSync(__dirname + "/../spinning", "");
        for (;;);
      }
    }
    module.exports = { Plugin };
  `,
};

const space = useWorkspace();

/** A gibbon that a parent starts: where it listens, and its arguments. */
interface Child {
  readonly socket: string;
  readonly args: readonly string[];
}

/**
 * Starts a parent which starts servers in the background, and waits until they serve.
 *
 * @param program what the parent is called: the kernel calls a script by its file's name
 */
async function startParent(folder: string, program: string, children: readonly Child[]) {
  const lines = children.map(({ args }) => [...gibbonCommand(), ...args].map(quoted).join(" "));
  const script = [...lines.map((line) => `${line} &`), "wait"].join("\n");
  const path = join(folder, program);
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const parent = space.start([path]);
  await until(() => children.every(({ socket }) => existsSync(socket)), 3 * PATIENCE_MS);
  return parent;
}

/** Whether a server answers. */
async function answers(socket: string): Promise<boolean> {
  const client = await SocketClient.connect(socket).catch(() => undefined);
  if (!client) return false;
  await client.result("plugin.GetStatus");
  client.leave();
  return true;
}

/** The processes whose parent a process is. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((each) => {
    try {
      const [, , parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${each}/stat`, "utf8")) ?? [];
      return Number(parent) === pid;
    } catch {
      // It has just ended.
      return false;
    }
  });
}

const skip = process.platform !== "linux" && "what a parent is called is read from /proc";

describe("a server whose parent is killed", { skip }, () => {
  /** Servers by name, each with options of its own. */
  function layout(folder: string) {
    const serve = (name: string, ...more: string[]): Child => {
      const socket = join(folder, `${name}.sock`);
      const args = ["serve", "--plugins-directory", join(folder, "plugins"), "--socket", socket];
      return { socket, args: [...args, ...more] };
    };
    const like = (name: string, ...args: string[]): Child => ({
      socket: join(folder, name),
      args: [...args, folder, "--plugins-directory", join(folder, "plugins")],
    });
    return {
      auto: serve("auto"),
      told: serve("told", "--exit-with-parent"),
      kept: serve("kept", "--no-exit-with-parent"),
      go: like("go_pluginserver.sock", "-kong-prefix"),
      js: like("js_pluginserver.sock", "--kong-prefix"),
    };
  }

  test("ends where that was nginx, unless it is told to live on", async () => {
    const folder = await space.folder(FILES);
    const { auto, kept, js } = layout(folder);
    const parent = await startParent(folder, "nginx", [auto, kept, js]);
    parent.signal("SIGKILL");
    await until(() => !existsSync(auto.socket) && !existsSync(js.socket));
    assert.equal(await answers(kept.socket), true);
    assert.equal((parent.stderr().match(/the parent process is gone/g) ?? []).length, 2);
  });

  test("ends where that was OpenResty's nginx", async () => {
    const folder = await space.folder(FILES);
    const { auto } = layout(folder);
    const parent = await startParent(folder, "openresty", [auto]);
    parent.signal("SIGKILL");
    await until(() => !existsSync(auto.socket));
    await parent.ended;
  });

  test("lives on where that was something else, unless it is told to end", async () => {
    const folder = await space.folder(FILES);
    const { auto, told, js, go } = layout(folder);
    const parent = await startParent(folder, "start-all", [auto, js, told, go]);
    parent.signal("SIGKILL");
    await until(() => !existsSync(told.socket) && !existsSync(go.socket));
    assert.equal(await answers(auto.socket), true);
    assert.equal(await answers(js.socket), true);
    assert.equal((parent.stderr().match(/the parent process is gone/g) ?? []).length, 2);
  });

  test("ends with its worker processes, also one in which a plugin spins", async () => {
    const folder = await space.folder(FILES);
    const { auto: { socket, args } } = layout(folder);
    const busy = ["--workers", "2", "--worker-timeout", "0.5", "--grace", "0.2"];
    const parent = await startParent(folder, "nginx", [{ socket, args: [...args, ...busy] }]);
    const client = await SocketClient.connect(socket);
    const { Pid } = await client.result("plugin.GetStatus") as { Pid: number };
    const workers = childrenOf(Pid);
    assert.ok(workers.length >= 2);
    const id = await client.start("spin");
    // Nothing comes back.
    void client.event(id).catch(() => {});
    await until(() => existsSync(join(folder, "spinning")));
    parent.signal("SIGKILL");
    await until(() => ![Pid, ...workers].some(lives));
    assert.equal(existsSync(socket), false);
    assert.match(parent.stderr(), /the parent process is gone/);
  });
});
