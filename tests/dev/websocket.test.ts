// WebSocket through the gateway: plugins see the request, the connection is passed through, and the log
// phase comes when it is over.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { until } from "../support/until.ts";
import { type RunningDev, startDev, type TestPlugin } from "./dev_gateway.ts";

const logged: number[] = [];

const guard: TestPlugin = {
  name: "guard",
  async access(kong) {
    if (await kong.request.getHeader("x-key") === undefined) {
      kong.response.exit(401, { message: "no key" });
    }
    await kong.service.request.setHeader("x-guarded", "yes");
    await kong.response.setHeader("x-seen", "yes");
  },
  async log(kong) {
    logged.push(await kong.response.getStatus());
  },
};

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const accepted = (key: string) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** A service: `/refuse` answers in HTTP, anything else becomes a connection that echoes in capitals. */
function startService() {
  const heads: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((_request, response) => response.end("plain"));
  server.on("upgrade", (request, socket, early) => {
    heads.push(request.headers);
    if (request.url === "/refuse") {
      return void socket.end("HTTP/1.1 403 No\r\nX-Why: not now\r\nContent-Length: 3\r\n\r\nno!");
    }
    if (request.url === "/gone") return void socket.destroy();
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accepted(request.headers["sec-websocket-key"]!)}\r\n\r\nhello `,
    );
    const talk = (bytes: Uint8Array) => socket.write(String(bytes).toUpperCase());
    if (early.length > 0) talk(early);
    socket.on("data", talk).on("end", () => socket.end("bye")).on("error", () => {});
  });
  return new Promise<{ port: number; heads: typeof heads; close: () => void }>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, heads, close: () => void server.close().closeAllConnections() });
    });
  });
}

/** A client that speaks by hand: what came so far, and when it was over. */
function talkTo(url: string, path: string, headers: readonly string[], more = "") {
  const { port } = new URL(url);
  const socket = net.connect(Number(port), "127.0.0.1");
  const seen = { text: "", isOver: false };
  socket.on("data", (bytes) => seen.text += bytes).on("error", () => {});
  socket.on("close", () => seen.isOver = true);
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: dev.test",
    "Connection: Upgrade",
    ...headers,
    "",
    more,
  ];
  socket.write(lines.join("\r\n"));
  return { socket, seen };
}

const SOCKET = ["Upgrade: websocket", `Sec-WebSocket-Key: ${KEY}`, "Sec-WebSocket-Version: 13"];

describe("WebSocket", () => {
  let dev: RunningDev;
  let service: Awaited<ReturnType<typeof startService>>;
  before(async () => {
    service = await startService();
    dev = await startDev([guard], { upstream: `http://127.0.0.1:${service.port}` });
  });
  after(async () => {
    await dev?.close();
    service?.close();
  });

  test("is passed through, both ways, when the plugins let it", async () => {
    const { socket, seen } = talkTo(dev.gateway.url, "/chat", [...SOCKET, "x-key: k"], "early ");
    await until(() => seen.text.includes("hello EARLY "));
    const [head = ""] = seen.text.split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.match(head, /\r\nUpgrade: websocket(?:\r\n|$)/);
    assert.match(head, /\r\nConnection: Upgrade(?:\r\n|$)/);
    assert.ok(head.includes(accepted(KEY)), head);
    assert.match(head, /\r\nx-seen: yes/);
    const asked = service.heads.at(-1)!;
    assert.deepEqual([asked["x-guarded"], asked.upgrade, asked["sec-websocket-key"]], [
      "yes",
      "websocket",
      KEY,
    ]);
    socket.write("more");
    await until(() => seen.text.endsWith("MORE"));
    assert.deepEqual(logged, []);
    socket.end();
    await until(() => seen.isOver);
    assert.ok(seen.text.endsWith("MOREbye"), seen.text);
    await until(() => logged.length === 1);
    assert.deepEqual(logged, [101]);
    await until(() => dev.lines.some((line) => /^GET \/chat → 101 in /.test(line)));
  });

  test("is refused by a plugin as any other request", async () => {
    const { seen } = talkTo(dev.gateway.url, "/chat", SOCKET);
    await until(() => seen.isOver);
    assert.match(seen.text, /^HTTP\/1\.1 401 Unauthorized\r\n/);
    assert.ok(seen.text.endsWith('\r\n\r\n{"message":"no key"}'), seen.text);
  });

  test("that the service refuses has the service's answer, with what plugins add", async () => {
    const { seen } = talkTo(dev.gateway.url, "/refuse", [...SOCKET, "x-key: k"]);
    await until(() => seen.isOver);
    assert.match(seen.text, /^HTTP\/1\.1 403 Forbidden\r\n[^]*x-why: not now\r\n/i);
    assert.match(seen.text, /x-seen: yes/);
    assert.ok(seen.text.endsWith("\r\n\r\nno!"), seen.text);
  });

  test("that the service refuses leaves no way past the plugins", async () => {
    const passed: string[] = [];
    const service = net.createServer((socket) => {
      let text = "";
      socket.on("error", () => {}).on("data", (bytes) => {
        text += bytes;
        passed.push(String(bytes));
        if (text.includes("\r\n\r\n")) {
          socket.write("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno!");
        }
      });
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const { port } = service.address() as AddressInfo;
    const other = await startDev([guard], { upstream: `http://127.0.0.1:${port}`, graceMs: 10 });
    try {
      const admin = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
      const { socket, seen } = talkTo(other.gateway.url, "/chat", [...SOCKET, "x-key: k"], admin);
      await until(() => seen.text.includes("no!"));
      socket.write(admin);
      socket.end();
      await until(() => seen.isOver);
      assert.equal(passed.join("").includes("/admin"), false, passed.join(""));
    } finally {
      await other.close();
      service.close();
    }
  });

  test("with a body that nobody has read is refused, also for other protocols", async () => {
    const before = service.heads.length;
    for (const upgrade of [SOCKET, ["Upgrade: h2c"]]) {
      for (const body of [["Content-Length: 5"], ["Transfer-Encoding: chunked"]]) {
        const headers = [...upgrade, ...body, "x-key: k"];
        const { seen } = talkTo(dev.gateway.url, "/chat", headers, "hello");
        await until(() => seen.isOver);
        assert.match(seen.text, /^HTTP\/1\.1 400 /);
      }
    }
    assert.equal(service.heads.length, before);
  });

  test("of a service that is gone gives 502", async () => {
    const { seen } = talkTo(dev.gateway.url, "/gone", [...SOCKET, "x-key: k"]);
    await until(() => seen.isOver);
    assert.match(seen.text, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
  });

  test("does not get around the check of the host", async () => {
    const { seen } = talkTo(dev.gateway.url, "/chat", [...SOCKET, "x-key: k", "Host: other.test"]);
    await until(() => seen.isOver);
    assert.match(seen.text, /^HTTP\/1\.1 400 /);
  });

  test("is the only protocol that is passed through: others are plain requests", async () => {
    const { seen } = talkTo(dev.gateway.url, "/plain", ["Upgrade: h2c", "x-key: k"]);
    await until(() => seen.isOver);
    assert.match(seen.text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(seen.text.endsWith("plain"), seen.text);
  });

  test("has a client that leaves, and a gateway that closes", async () => {
    const left = talkTo(dev.gateway.url, "/left", [...SOCKET, "x-key: k"]);
    await until(() => left.seen.text.includes("hello"));
    left.socket.destroy();
    await until(() => dev.lines.some((line) => line.startsWith("GET /left → 101 in ")));
    const other = await startDev([guard], {
      upstream: `http://127.0.0.1:${service.port}`,
      graceMs: 10,
    });
    const { seen } = talkTo(other.gateway.url, "/kept", [...SOCKET, "x-key: k"]);
    await until(() => seen.text.includes("hello"));
    await other.close();
    await until(() => seen.isOver);
  });
});
