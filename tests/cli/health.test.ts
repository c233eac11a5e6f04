// gibbon health, and what systemd is told, with a socket of datagrams in systemd's place (in Python).
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { useWorkspace } from "../support/workspace.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({
  name: "hello", version: "1.0.0", priority: 5,
  async access(kong) { console.log("variable", process.env.NOTIFY_SOCKET); },
});
`;

const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])
print("bound", flush=True)
while True: print("told", s.recv(4096).decode(), flush=True)
`;

/** In the place of systemd's own program, which Node needs. */
const SENDER = `#!/usr/bin/env python3
import os, socket, sys
to = os.environ["NOTIFY_SOCKET"]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto("\\n".join(sys.argv[1:]).encode(), "\\0" + to[1:] if to[0] == "@" else to)
`;

const space = useWorkspace();

async function serve(env: Readonly<Record<string, string>> = {}, ...more: string[]) {
  const folder = await space.folder({
    "plugins/hello.ts": PLUGIN,
    "receiver.py": RECEIVER,
    "bin/systemd-notify": SENDER,
  });
  await chmod(`${folder}/bin/systemd-notify`, 0o755);
  const socket = join(folder, "s.sock");
  const path = `${folder}/bin:${process.env.PATH}`;
  const notify = env.NOTIFY_SOCKET ?? join(folder, "notify");
  const systemd = space.start(["python3", `${folder}/receiver.py`, notify]);
  await systemd.printing("bound");
  const gibbon = space.gibbon(["serve", `${folder}/plugins`, "--socket", socket, ...more], {
    env: { PATH: path, NOTIFY_SOCKET: notify, ...env },
  });
  return { gibbon, socket, systemd, folder };
}

describe("systemd", () => {
  for (const workers of ["0", "1"]) {
    test(`is told when a server is ready and when it stops, with --workers ${workers}`, async () => {
      const { gibbon, systemd } = await serve({}, "--workers", workers);
      await systemd.printing("told READY=1");
      assert.match(gibbon.stderr(), /serving plugins/);
      gibbon.signal("SIGTERM");
      await systemd.printing("told STOPPING=1");
      assert.equal((await gibbon.ended).code, 0);
      assert.doesNotMatch(systemd.stdout(), /WATCHDOG/);
    });
  }

  test("may have an abstract socket, and watches", async () => {
    const name = `@gibbon-test-${process.pid}-${performance.now()}`;
    const { systemd } = await serve({ NOTIFY_SOCKET: name, WATCHDOG_USEC: "200000" });
    await systemd.printing("told READY=1");
    await systemd.printing(/told WATCHDOG=1\n(?:.*\n)*told WATCHDOG=1/);
  });

  test("is told nothing where it watches another process, or the unit is Kong's", async () => {
    const { gibbon, systemd } = await serve(
      { WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" },
      "--exit-with-parent",
    );
    await gibbon.saying("serving plugins");
    gibbon.signal("SIGTERM");
    await gibbon.ended;
    assert.doesNotMatch(systemd.stdout(), /told/);
  });

  test("that cannot be told ends no server", async () => {
    const { gibbon, socket } = await serve({}, "--workers", "1");
    await gibbon.saying("serving plugins");
    const folder = await space.folder({ "plugins/hello.ts": PLUGIN });
    const other = space.gibbon(["serve", `${folder}/plugins`, "--socket", `${folder}/s`], {
      env: { NOTIFY_SOCKET: `${folder}/nobody` },
    });
    await other.saying("systemd cannot be told");
    assert.match(other.stderr(), /remedy=/);
    assert.equal((await runGibbon(["health", "--socket", `${folder}/s`])).code, 0);
    assert.equal((await runGibbon(["health", "--socket", socket])).code, 0);
  });
});

describe("gibbon health", () => {
  test("says in one line that a server is well, and what it serves", async () => {
    const { gibbon, socket } = await serve();
    await gibbon.saying("serving plugins");
    const { code, stdout } = await runGibbon(["health", "--socket", socket]);
    assert.deepEqual([code, stdout], [0, "healthy: hello\n"]);
  });

  test("says in one line that there is none, and why", async () => {
    const folder = await space.folder();
    const { code, stdout } = await runGibbon(["health", "--socket", `${folder}/none.sock`]);
    assert.equal(code, 1);
    assert.match(stdout, /^unhealthy: \S+none\.sock: nobody listens on it\. [^\n]+\n$/);
  });

  test("does not wait for one that does not answer", async () => {
    const path = join(await space.folder(), "deaf.sock");
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(path, resolve));
    space.later(() => server.close());
    const { code, stdout } = await runGibbon(["health", "--socket", path, "--timeout", "0.2"]);
    assert.equal(code, 1);
    assert.match(stdout, /^unhealthy: .*does not answer within 0\.2 s.*\n$/);
  });
});
