// Run it with: gibbon test examples. It starts a Redis of its own: redis-server has to be there.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { testPlugin } from "gibbon/testing";
import limiter from "./redis-rate-limit.ts";

const isThere = spawnSync("redis-server", ["--version"]).status === 0;
const skip = isThere ? false : "there is no redis-server";

let server: ChildProcess | undefined;
let folder = "";
const socket = () => join(folder, "redis.sock");

async function start(): Promise<void> {
  const args = ["--port", "0", "--unixsocket", socket(), "--save", "", "--appendonly", "no"];
  server = spawn("redis-server", [...args, "--dir", folder], { stdio: "ignore" });
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const connection = createConnection(socket());
      connection.on("connect", () => resolve(true)).on("error", () => resolve(false));
      connection.on("connect", () => connection.destroy());
    });
  while (!await answers()) await sleep(10);
}

async function stop(): Promise<void> {
  const ended = new Promise((resolve) => server?.once("exit", resolve));
  server?.kill("SIGKILL");
  await ended;
}

describe("redis-rate-limit", { skip }, () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gibbon-redis-"));
    await start();
  });
  after(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  const configFor = (more: Record<string, unknown> = {}) => ({
    redis: socket(),
    limit: 2,
    seconds: 60,
    ...more,
  });

  test("counts for all instances together, each client by itself", async () => {
    const config = configFor();
    await using one = await testPlugin(limiter, { config });
    await using two = await testPlugin(limiter, { config });
    const client = { ip: "10.0.0.1" };
    const first = await one.request({ client });
    assert.equal(first.response.status, 200, first.failure?.message);
    assert.equal(first.response.headers.get("ratelimit-remaining"), "1");
    assert.equal((await two.request({ client })).response.status, 200);
    const { response, upstream } = await one.request({ client });
    assert.deepEqual([response.status, upstream], [429, undefined]);
    assert.ok(Number(response.headers.get("retry-after")) <= 60);
    assert.equal((await two.request({ client: { ip: "10.0.0.2" } })).response.status, 200);
  });

  test("does without Redis what it is told to", async () => {
    await using strict = await testPlugin(limiter, { config: configFor() });
    await using lax = await testPlugin(limiter, { config: configFor({ without: "allow" }) });
    const client = { ip: "10.0.0.3" };
    assert.equal((await strict.request({ client })).response.status, 200);
    await stop();
    const refused = await strict.request({ client });
    assert.deepEqual([refused.response.status, refused.upstream], [503, undefined]);
    assert.equal((await lax.request({ client })).response.status, 200);
    await start();
    // The connection comes back by itself.
    let status = 0;
    for (let tries = 0; tries < 200 && status !== 200; tries++) {
      ({ response: { status } } = await strict.request({ client }));
      await sleep(20);
    }
    assert.equal(status, 200);
  });
});
