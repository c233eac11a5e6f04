// A new server's part of a handover, against servers in this process: whom it asks, what it refuses.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { GibbonError } from "../../../../src/base/errors.ts";
import { createLogger } from "../../../../src/base/log.ts";
import { DEFAULT_LIMITS } from "../../../../src/kong/engine/limits.ts";
import { KongEndpoint } from "../../../../src/kong/protocol/endpoint.ts";
import type { Lineage } from "../../../../src/kong/protocol/lineage.ts";
import { KongServer } from "../../../../src/kong/protocol/server.ts";
import { PluginRegistry } from "../../../../src/kong/engine/registry.ts";
import { OwnLineage } from "../../../../src/kong/server/handover/own_lineage.ts";
import { startServer } from "../../../../src/kong/server/plugin_server.ts";
import type { ServerOptions } from "../../../../src/kong/server/options.ts";
import { detectRuntime } from "../../../../src/runtime/detect.ts";
import { useWorkspace } from "../../../support/workspace.ts";

const runtime = await detectRuntime();
const space = useWorkspace();

/** A gibbon at a path with a lineage of a test's choice. */
async function hold(path: string, lineage?: Lineage, version = "0.1.0"): Promise<void> {
  const server = new KongServer({
    registry: new PluginRegistry(),
    limits: DEFAULT_LIMITS,
    log: createLogger(() => {}),
    serverPid: 1,
    processId: 4711,
    ...(version ? { version } : {}),
    ...(lineage && { lineage }),
  });
  const endpoint = new KongEndpoint(server);
  const listener = await runtime.listen(path, endpoint.accept);
  space.later(async () => {
    await server.close("the test is over");
    endpoint.close();
    await listener.close();
  });
}

/** Another program that listens at a path. */
async function listen(path: string, serve: (bytes: Uint8Array) => Uint8Array | undefined) {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const answer = serve(bytes);
      if (answer) socket.write(answer);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  space.later(() => new Promise((resolve) => server.close(resolve)));
}

/** Starts a server there; gives what it said. */
async function take(socket: string): Promise<{ entries: string[]; error?: GibbonError }> {
  const entries: string[] = [];
  const options: ServerOptions = {
    socket: { path: socket, file: {} },
    maySetPluginDir: true,
    watch: false,
    workers: 0,
    workerTimeoutMs: 1000,
    graceMs: 0,
    limits: DEFAULT_LIMITS,
    logLevel: "info",
  };
  try {
    const running = await startServer(runtime, options, createLogger((line) => entries.push(line)));
    space.later(() => running.stop("the test is over"));
    return { entries };
  } catch (error) {
    assert.ok(error instanceof GibbonError, String(error));
    return { entries, error };
  }
}

const place = async () => join(await space.folder(), "s.sock");

describe("a new server", () => {
  test("takes over from a gibbon", async () => {
    const path = await place();
    await hold(path, { starter: undefined, orphaned: false, takeovers: [], older: [] });
    const { entries, error } = await take(path);
    assert.equal(error, undefined);
    assert.match(entries.join("\n"), /took the socket over from another server .*from=4711/);
    // The name by which the old one is found.
    assert.equal(readdirSync(dirname(path)).length, 2);
  });

  test("takes over from one that says nothing of where it comes from", async () => {
    const path = await place();
    await hold(path);
    assert.equal((await take(path)).error, undefined);
  });

  test("leaves a server that is no gibbon alone", async () => {
    const answers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | undefined>> = {
      "one that closes": () => undefined,
      "one of another protocol": () => new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"),
    };
    for (const [what, serve] of Object.entries(answers)) {
      const path = await place();
      await listen(path, serve);
      const { error } = await take(path);
      assert.equal(error?.code, "SOCKET_IN_USE", what);
      assert.match(error.message, /A server that is no gibbon answers on .*s\.sock$/);
      assert.match(error.remedy ?? "", /^Stop that server, or give this one another socket/);
      assert.deepEqual(readdirSync(dirname(path)), ["s.sock"]);
    }
    const path = await place();
    await hold(path, undefined, "");
    assert.match((await take(path)).error?.message ?? "", /no gibbon/, "a server of MsgPack:1");
  });

  test("leaves a server alone that closes at once what it accepts", async () => {
    const path = await place();
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    space.later(() => new Promise((resolve) => server.close(resolve)));
    const { error } = await take(path);
    assert.equal(error?.code, "SOCKET_IN_USE");
    assert.match(error.remedy ?? "", /^Stop that server, or give this one another socket/);
    assert.deepEqual(readdirSync(dirname(path)), ["s.sock"]);
  });

  test("leaves a server alone that does not say who it is", async () => {
    const path = await place();
    await listen(path, () => new Uint8Array(0));
    const { error } = await take(path);
    assert.equal(error?.code, "SOCKET_IN_USE");
    assert.match(error.message, /does not say who it is within 5 s$/);
    assert.match(error.remedy ?? "", /If it hangs, stop it\./);
  });

  test("does not take part in a fight", async () => {
    const path = await place();
    const takeovers = Array(20).fill(Date.now());
    await hold(path, { starter: undefined, orphaned: false, takeovers, older: [] });
    const { error } = await take(path);
    assert.match(error?.message ?? "", /has changed hands 20 times in the last minute/);
    assert.deepEqual(readdirSync(dirname(path)), ["s.sock"]);
  });

  test("passes the times of handovers on, so that a fight comes to its end", async () => {
    const path = await place();
    await hold(path, { starter: undefined, orphaned: false, takeovers: [], older: [] });
    let count = 0;
    let refused: GibbonError | undefined;
    while (!refused && count < 30) {
      refused = (await take(path)).error;
      if (!refused) count++;
    }
    assert.equal(count, 20);
    assert.match(refused?.message ?? "", /two programs start servers on it/);
  });

  test("does not make paths of what another one says", async () => {
    const path = await place();
    const older = ["../../etc/passwd"];
    await hold(path, { starter: undefined, orphaned: false, takeovers: [], older });
    assert.match((await take(path)).error?.message ?? "", /no gibbon/);
  });

  test("leaves a server of a newer program of the same name alone", async () => {
    const path = await place();
    const { starter } = OwnLineage.ofThisProcess();
    if (!starter) return;
    const newer = { ...starter, pid: process.pid, startedAt: starter.startedAt + 1 };
    await hold(path, { starter: newer, orphaned: false, takeovers: [], older: [] });
    const { error, entries } = await take(path);
    assert.match(error?.message ?? "", /\(process 4711\) that was started by a newer /);
    assert.deepEqual(entries, [], "it is refused before plugins are loaded");
  });
});
