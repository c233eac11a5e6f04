// The HTTP server for operators: what it answers, and that nobody who asks can do harm.
import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { createLogger } from "../../src/base/log.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { parsePageAddress } from "../../src/telemetry/http/address.ts";
import type { Observed } from "../../src/telemetry/http/answers.ts";
import { PageServer } from "../../src/telemetry/http/page_server.ts";
import { askPage } from "../support/page_client.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();
const runtime = await detectRuntime();
const open = new Set<PageServer>();

afterEach(async () => {
  for (const server of open) await server.close();
  open.clear();
});

/** Serves on a Unix socket; gives its path, and counts the pages that were made. */
async function serve(more: Partial<Observed> = {}, path?: string) {
  const at = path ?? join(await space.folder(), "m.sock");
  const made = { pages: 0 };
  const lines: string[] = [];
  const server = new PageServer({
    runtime,
    address: { path: at },
    log: createLogger((line) => lines.push(line)),
    observed: {
      page: () => {
        made.pages++;
        return Promise.resolve({ contentType: "text/plain; version=0.0.4", text: "a 1\n" });
      },
      unready: () => [],
      ...more,
    },
  });
  open.add(server);
  await server.open();
  return { at, made, lines, server };
}

describe("an address of the page", () => {
  for (
    const [text, address] of [
      ["127.0.0.1:9542", { host: "127.0.0.1", port: 9542 }],
      ["[::1]:0", { host: "::1", port: 0 }],
      ["metrics.local:80", { host: "metrics.local", port: 80 }],
      ["unix:/run/m.sock", { path: "/run/m.sock" }],
      ["unix:///run/m.sock", { path: "/run/m.sock" }],
    ] as const
  ) {
    test(`may be ${text}`, () => assert.deepEqual(parsePageAddress(text), address));
  }

  for (const text of ["", "9542", ":9542", "a:b", "127.0.0.1:65536", "::1:80", "unix:", "a b:1"]) {
    test(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePageAddress(text), { code: "OPTION_INVALID" });
    });
  }
});

describe("the page for operators", () => {
  test("gives numbers, in the content type of Prometheus, to its own user alone", async () => {
    const { at } = await serve();
    const { status, headers, text } = await askPage(at, "/metrics?x=1");
    assert.deepEqual([status, text], [200, "a 1\n"]);
    assert.match(headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
    assert.equal(statSync(at).mode & 0o777, 0o600);
  });

  test("says that it lives, and why it is not ready", async () => {
    const reasons: string[] = [];
    const { at } = await serve({ unready: () => reasons });
    assert.deepEqual((await askPage(at, "/livez")).status, 200);
    assert.deepEqual((await askPage(at, "/readyz")).text, "ready\n");
    reasons.push("one", "two");
    const { status, text } = await askPage(at, "/readyz");
    assert.deepEqual([status, text], [503, "not ready\n- one\n- two\n"]);
    assert.equal((await askPage(at, "/livez")).status, 200);
  });

  test("answers HEAD with no body, and nothing but GET and HEAD", async () => {
    const { at, made } = await serve();
    const head = await askPage(at, "/metrics", "HEAD");
    assert.deepEqual([head.status, head.text, head.headers["content-length"]], [200, "", "4"]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await askPage(at, "/metrics", method);
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
    }
    assert.equal((await askPage(at, "/")).status, 404);
    assert.ok(made.pages <= 1);
  });

  test("makes one page for all who ask at once", async () => {
    const { at, made } = await serve();
    await Promise.all(Array.from({ length: 20 }, () => askPage(at, "/metrics")));
    assert.ok(made.pages < 20, `${made.pages} pages`);
  });

  test("says that a page could not be made, and goes on", async () => {
    const { at, lines } = await serve({ page: () => Promise.reject(new Error("broken")) });
    assert.equal((await askPage(at, "/metrics")).status, 500);
    assert.match(lines.join("\n"), /could not be made.*broken/);
    assert.equal((await askPage(at, "/livez")).status, 200);
  });

  test("closes connections that are too many, and those that say nothing", async () => {
    const { at } = await serve();
    const silent = await Promise.all(Array.from({ length: 60 }, () => connected(at)));
    await until(() => silent.filter(({ closed }) => closed).length >= 20);
    await until(() => silent.every(({ closed }) => closed));
    assert.equal((await askPage(at, "/livez")).status, 200);
  });

  test("takes the place of a socket that a dead server left", async () => {
    const { at, server } = await serve();
    await server.close();
    const left = createServer();
    await listen(left, at);
    // Its file stays when the process dies.
    const { rename } = await import("node:fs/promises");
    await rename(at, `${at}.aside`);
    left.close();
    await once(left, "close");
    await rename(`${at}.aside`, at).catch(() => {});
    await serve({}, at);
    assert.equal((await askPage(at, "/livez")).status, 200);
  });

  test("waits for an address that somebody else has, and says so once", async () => {
    const first = await serve();
    const second = await serve({}, first.at);
    assert.match(second.lines.join("\n"), /^\[error\] metrics cannot be served yet.*remedy=/);
    await first.server.close();
    await until(() => second.lines.length > 1);
    assert.match(second.lines[1]!, /metrics are served/);
    assert.equal((await askPage(first.at, "/livez")).status, 200);
  });
});

/** A connection that says nothing. */
async function connected(path: string): Promise<{ readonly closed: boolean }> {
  const state = { closed: false };
  const socket: Socket = connect(path);
  socket.on("error", () => {});
  socket.on("close", () => state.closed = true);
  socket.resume();
  space.later(() => socket.destroy());
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => {});
  return state;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve) => server.listen(path, resolve));
}
