// gibbon when nobody reads what it prints any more: Kong's master, a terminal, or a pipe is gone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { afterEach, describe, test } from "node:test";
import { gibbonCommand, makeFolder } from "../support/gibbon.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";

/** Prints on every event, and leaves an exception behind, which is logged. */
const CHATTY = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  name: "chatty",
  version: "1.0.0",
  config: v.object({}),
  access() {
    console.log("out");
    console.error("err");
    process.stdout.write("raw");
    setTimeout(() => {
      throw new Error("left behind");
    });
  },
});
`;
const PROX = `
import { defineProxPlugin } from "gibbon/prox";
console.log("loading");
export default defineProxPlugin({
  onConfigure(route, prox) {
    for (let i = 0; i < 10; i++) {
      console.error("err");
      prox.log.info("pushed");
    }
    setTimeout(() => {
      throw new Error("left behind");
    });
  },
});
`;

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function start(files: Record<string, string>, args: (folder: string) => string[]) {
  const folder = await makeFolder(files);
  const [program = "", ...before] = gibbonCommand();
  const child = spawn(program, [...before, ...args(folder.path)], {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  ending.push(() => folder.remove(), async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return { child, exited, folder: folder.path };
}

/** Settles when something has come on a stream, and closes it. */
async function readAndLeave(stream: NodeJS.ReadableStream & { destroy(): void }, text: string) {
  let read = "";
  for await (const chunk of stream) {
    read += chunk;
    if (read.includes(text)) break;
  }
  assert.ok(read.includes(text), read);
  stream.destroy();
}

describe("gibbon whose output nobody reads", () => {
  for (const workers of [[], ["--workers", "2"]]) {
    test(`serves on, and stops when it is told to ${workers.join(" ")}`, async () => {
      const { child, exited, folder } = await start({ "chatty.ts": CHATTY }, (folder) => [
        "serve",
        ...["--plugins-directory", folder, "--socket", join(folder, "s.sock")],
        ...workers,
      ]);
      child.stdout.destroy();
      await readAndLeave(child.stderr, "serving plugins");
      const client = await SocketClient.connect(join(folder, "s.sock"));
      ending.push(() => client.leave());
      const instance = await client.start("chatty");
      for (let i = 0; i < 20; i++) assert.equal((await client.event(instance)).Data, "ret");
      process.kill(child.pid as number, "SIGTERM");
      assert.equal(await exited, 0);
    });
  }

  test("leaves as a plugin of prox when the host is gone", async () => {
    const { child, exited } = await start({ "loud.ts": PROX }, (folder) => [
      "prox",
      join(folder, "loud.ts"),
    ]);
    await readAndLeave(child.stderr, "loading");
    child.stdout.destroy();
    child.stdin.write('{"method":"configure","params":{"route_id":"a:0"}}\n');
    child.stdin.end();
    assert.equal(await exited, 0);
  });
});
