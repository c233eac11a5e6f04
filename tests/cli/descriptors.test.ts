// A server that has no descriptors left: what it answers then, what it says, and that it recovers.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gibbonCommand } from "../support/gibbon.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";
import { ProtobufClient } from "../kong/support/protobuf_client.ts";
import { isFailure } from "../kong/support/protobuf_server.ts";
import { SocketClient, stopsRequest } from "../kong/support/rpc_client.ts";

const GUARD = `export default { access: (kong) => kong.request.getMethod() };`;
/** Takes all descriptors that there are, and gives them back when it is asked to. */
const GREEDY = `
import { closeSync, openSync } from "node:fs";
const taken = [];
export default {
  access() {
    try {
      for (;;) taken.push(openSync("/dev/null", "r"));
    } catch {}
  },
  log() {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  },
};
`;

/** Open files that a server may have: those that a runtime needs, and some. */
const FILES = 128;

const onDeno = "Deno" in globalThis && "Deno accepts no more once it could not accept";

const space = useWorkspace();

async function serve(workers: number) {
  const folder = await space.folder({ "plugins/guard.js": GUARD, "plugins/greedy.mjs": GREEDY });
  const socket = join(folder, "gibbon.socket");
  const args = ["serve", "--plugins-directory", join(folder, "plugins"), "--socket", socket];
  const command = [...gibbonCommand(), ...args, "--workers", String(workers)];
  const limited = ["sh", "-c", `ulimit -n ${FILES}; exec "$@"`, "sh", ...command];
  const gibbon = space.start(limited);
  await gibbon.saying("serving plugins");
  const connect = async () => {
    const client = await SocketClient.connect(socket);
    space.later(() => client.leave());
    return client;
  };
  return { gibbon, socket, connect };
}

/** Connections until the server turns one away. */
async function fill({ gibbon, connect }: Awaited<ReturnType<typeof serve>>) {
  const clients: SocketClient[] = [];
  while (!gibbon.stderr().includes("turned away") && clients.length < 2 * FILES) {
    const client = await connect();
    clients.push(client);
    // Whoever is served, or is turned away, has been noticed then.
    await client.request("plugin.GetStatus").catch(() => {});
  }
  return clients;
}

for (const workers of [0, 1]) {
  describe(`connections that take all descriptors, with --workers ${workers}`, () => {
    test("leave some over, and those that are too many pass nothing", async () => {
      const server = await serve(workers);
      const first = await server.connect();
      const id = await first.start("guard");
      const { EventId } = await first.event(id);
      const clients = await fill(server);
      assert.match(server.gibbon.stderr(), /turned away: only 32 more files.*code=LIMIT/);

      const late = await server.connect();
      assert.equal(stopsRequest((await late.event(id)).Data), true);
      await until(() => late.closed);
      const kong3 = await ProtobufClient.connect(server.socket);
      kong3.handle(id);
      assert.equal(isFailure(await kong3.call()), true);
      kong3.leave();
      // The others go on.
      assert.equal(await first.step(EventId, "GET"), "ret");

      for (const client of clients) client.leave();
      await until(async () => {
        const client = await server.connect();
        const { Data } = await client.event(id);
        client.leave();
        return !stopsRequest(Data);
      });
      const lines = server.gibbon.stderr().split("\n");
      assert.ok(lines.filter((line) => line.includes("turned away")).length < 10);
    });
  });
}

describe("a plugin that takes all descriptors", () => {
  test("has new connections turned away, not hanging", { skip: onDeno }, async () => {
    const server = await serve(0);
    const first = await server.connect();
    const [guard, greedy] = [await first.start("guard"), await first.start("greedy")];
    assert.equal((await first.event(greedy)).Data, "ret");
    // Node closes those that come before gibbon has noticed, and Deno notices one by the next.
    const seen: unknown[] = [];
    await until(async () => {
      const late = await server.connect();
      void late.event(guard).then(({ Data }) => seen.push(Data), () => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      return seen.length > 0;
    });
    assert.ok(seen.every(stopsRequest));
    assert.equal((await first.event(greedy, "log")).Data, "ret");
    await until(async () => {
      const client = await server.connect();
      const event = await client.event(guard).catch(() => undefined);
      client.leave();
      return event !== undefined && !stopsRequest(event.Data);
    });
  });
});
