// gibbon when nobody reads what it prints any more: Kong's master, a terminal, or a pipe is gone.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { useWorkspace } from "../support/workspace.ts";
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

const space = useWorkspace();

/** Starts gibbon; its folder has a plugin's file. */
async function start(files: Record<string, string>, args: (folder: string) => string[]) {
  const folder = await space.folder(files);
  const gibbon = space.gibbon(args(folder), { input: "open" });
  const exited = new Promise<number | null>((resolve) => gibbon.child.on("exit", resolve));
  return { gibbon, exited, folder };
}

describe("gibbon whose output nobody reads", () => {
  for (const workers of [[], ["--workers", "2"]]) {
    test(`serves on, and stops when it is told to ${workers.join(" ")}`, async () => {
      const { gibbon, exited, folder } = await start({ "chatty.ts": CHATTY }, (folder) => [
        "serve",
        ...["--plugins-directory", folder, "--socket", join(folder, "s.sock")],
        ...workers,
      ]);
      gibbon.child.stdout?.destroy();
      await gibbon.saying("serving plugins");
      gibbon.child.stderr?.destroy();
      const client = await SocketClient.connect(join(folder, "s.sock"));
      space.later(() => client.leave());
      const instance = await client.start("chatty");
      for (let i = 0; i < 20; i++) assert.equal((await client.event(instance)).Data, "ret");
      gibbon.signal("SIGTERM");
      assert.equal(await exited, 0);
    });
  }

  test("leaves as a plugin of prox when the host is gone", async () => {
    const { gibbon, exited } = await start({ "loud.ts": PROX }, (folder) => [
      "prox",
      join(folder, "loud.ts"),
    ]);
    await gibbon.saying("loading");
    gibbon.child.stderr?.destroy();
    gibbon.child.stdout?.destroy();
    gibbon.write('{"method":"configure","params":{"route_id":"a:0"}}\n');
    gibbon.endInput();
    assert.equal(await exited, 0);
  });
});
