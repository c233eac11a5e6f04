// The gateway as a proxy: what goes to the service, what comes back, and what goes wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { holdRefusingPort } from "../support/refusing_port.ts";
import { type RunningDev, send, startDev, startService } from "./dev_gateway.ts";

const settled = () => Promise.withResolvers<void>();

/** Sends bytes and reads all that comes back. */
function raw(url: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(request));
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (piece) => text += piece);
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

describe("requests and responses on their way", () => {
  let dev: RunningDev;
  let service: Awaited<ReturnType<typeof startService>>;
  let seen: { url: string; method: string; rawHeaders: string[]; body: string };
  before(async () => {
    service = await startService((request, response) => {
      let body = "";
      request.setEncoding("latin1");
      request.on("data", (piece) => body += piece);
      request.on("end", () => {
        const { url = "", method = "", rawHeaders } = request;
        seen = { url, method, rawHeaders, body };
        if (request.url === "/base/empty") return response.writeHead(204).end();
        response.writeHead(201, [
          "Content-Type",
          "application/octet-stream",
          "Set-Cookie",
          "a=1",
          "Set-Cookie",
          "b=2",
          "X-Bytes",
          "\xff\xc5",
          "Keep-Alive",
          "timeout=77",
        ]);
        response.end(Buffer.from([0, 255, 10]));
      });
    });
    dev = await startDev([], { upstream: `${service.url}/base` });
  });
  after(async () => {
    await dev.close();
    await service.close();
  });

  const header = (name: string) =>
    seen.rawHeaders.filter((_, i) => seen.rawHeaders[i - 1]?.toLowerCase() === name && i % 2 === 1);

  test("pass with their bytes, but for what belongs to one connection", async () => {
    const headers = [
      "X-Rep",
      "1",
      "X-Rep",
      "2",
      "X-Bytes",
      "\xff",
      "Connection",
      "x-mine",
      "X-Mine",
    ];
    const reply = await dev.get("/a%2f/../b?x=%zz&y", {
      method: "PROPFIND",
      headers: [...headers, "1", "TE", "trailers", "X-Forwarded-For", "192.0.2.1"],
      body: "\x00b",
    });
    assert.equal(seen.method, "PROPFIND");
    assert.equal(seen.url, "/base/b?x=%zz&y");
    assert.equal(seen.body, "\x00b");
    assert.deepEqual(header("x-rep"), ["1", "2"]);
    assert.deepEqual(header("x-bytes"), ["\xff"]);
    assert.deepEqual(header("content-length"), ["2"]);
    assert.deepEqual(header("x-mine"), []);
    assert.deepEqual(header("te"), ["trailers"]);
    assert.deepEqual(header("host"), [`127.0.0.1:${service.port}`]);
    assert.deepEqual(header("x-forwarded-for"), ["192.0.2.1, 127.0.0.1"]);
    assert.deepEqual(header("x-forwarded-host"), ["dev.test"]);
    assert.equal(reply.status, 201);
    assert.deepEqual([...reply.body], [0, 255, 10]);
    assert.equal(reply.headers["x-bytes"], "\xff\xc5");
    assert.equal(reply.rawHeaders.filter((name) => name.toLowerCase() === "set-cookie").length, 2);
    assert.notEqual(reply.headers["keep-alive"], "timeout=77");
    assert.ok(reply.headers["x-kong-upstream-latency"]);
  });

  test("have no body where there is none", async () => {
    const head = await dev.get("/", { method: "HEAD" });
    assert.equal(head.status, 201);
    assert.equal(head.body.length, 0);
    assert.equal(seen.method, "HEAD");
    const empty = await dev.get("/empty");
    assert.equal(empty.status, 204);
    assert.equal(empty.headers["transfer-encoding"], undefined);
    assert.deepEqual(header("content-length"), []);
    assert.deepEqual(header("transfer-encoding"), []);
  });

  test("go to the service whatever host the request target names", async () => {
    const text = await raw(
      dev.gateway.url,
      "GET http://evil.test/x?y HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
    );
    assert.match(text, /^HTTP\/1\.1 201 /);
    assert.equal(seen.url, "/base/x?y");
    assert.deepEqual(header("host"), [`127.0.0.1:${service.port}`]);
  });

  test("are not served for a host that a page elsewhere may have", async () => {
    const before = seen.url;
    const reply = await dev.get("/secret", { host: "stranger.test" });
    assert.equal(reply.status, 421);
    assert.match(reply.text, /--allow-host stranger\.test/);
    assert.equal(seen.url, before);
    const { host, port } = new URL(dev.gateway.url);
    for (const own of [host, `localhost:${port}`, "localhost", `a.localhost:${port}`]) {
      const { status } = await dev.get("/", { host: own });
      assert.equal(status, 201, own);
    }
    assert.equal((await dev.get("/", { host: "localhost:1" })).status, 421);
  });

  test("are served for the hosts that gibbon.dev.json allows, as soon as it does", async () => {
    const ask = async () => (await dev.get("/", { host: "later.test" })).status;
    assert.equal(await ask(), 421);
    await dev.gateway.reload(dev.gateway.plugins, { allowHosts: ["later.test"] });
    assert.equal(await ask(), 201);
    await dev.gateway.reload(dev.gateway.plugins, {});
    assert.equal(await ask(), 421);
  });

  test("are refused if they name no path", async () => {
    const text = await raw(
      dev.gateway.url,
      "OPTIONS * HTTP/1.1\r\nHost: dev.test\r\nConnection: close\r\n\r\n",
    );
    assert.match(text, /^HTTP\/1\.1 400 /);
  });
});

describe("bodies", () => {
  test("of responses are passed on as they come", async () => {
    const first = settled();
    const service = await startService(async (_, response) => {
      response.write("first");
      await first.promise;
      response.end("second");
    });
    const dev = await startDev([], { upstream: service.url });
    try {
      const pieces: string[] = [];
      await new Promise<void>((resolve, reject) => {
        http.get(dev.gateway.url, { agent: false }, (response) => {
          response.setEncoding("utf8");
          response.on("data", (piece) => {
            pieces.push(piece);
            // The service goes on only once its first piece is through.
            first.resolve();
          });
          response.on("end", resolve);
        }).on("error", reject);
      });
      assert.equal(pieces.join(""), "firstsecond");
      assert.equal((await dev.over(1)).sentBytes > 11, true);
    } finally {
      first.resolve();
      await dev.close();
      await service.close();
    }
  });

  test("of requests can come in pieces, and be large up to a bound", async () => {
    const dev = await startDev([], { bodyBytes: 300_000 });
    try {
      const body = "é".repeat(150_000);
      assert.equal((await dev.get("/", { method: "POST", body })).json.body, body);
      const chunked = await raw(
        dev.gateway.url,
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
          "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      );
      assert.match(chunked, /"body": "abcde"/);
      const large = await dev.get("/", { method: "POST", body: body + "x" });
      assert.equal(large.status, 413);
      assert.match(large.text, /300000 bytes/);
      const endless = await raw(
        dev.gateway.url,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
          `${(300_001).toString(16)}\r\n${"x".repeat(300_001)}`,
      );
      assert.match(endless, /^HTTP\/1\.1 413 /);
    } finally {
      await dev.close();
    }
  });

  test("of responses that are held back have a bound too", async () => {
    const service = await startService((_, response) => response.end("x".repeat(1001)));
    const plugin = { name: "holds", access: () => {}, response: () => {} };
    const dev = await startDev([plugin], { upstream: service.url, bodyBytes: 1000 });
    try {
      assert.equal((await dev.get("/")).status, 502);
      assert.ok(dev.entries.some((line) => line.includes("more than 1000 bytes")));
    } finally {
      await dev.close();
      await service.close();
    }
  });
});

describe("a service that fails", () => {
  test("gives 502 if it is not there, and the log says why", async () => {
    const { port, close } = await holdRefusingPort();
    const dev = await startDev([], { upstream: `http://127.0.0.1:${port}` });
    try {
      const reply = await dev.get("/");
      assert.equal(reply.status, 502);
      assert.match(reply.text, /upstream/);
      assert.ok(dev.entries.some((line) => line.includes(`127.0.0.1:${port}`)));
    } finally {
      await dev.close();
      await close();
    }
  });

  test("gives 504 if it takes longer than a plugin allows", async () => {
    const service = await startService(() => {});
    const plugin = {
      name: "impatient",
      access: (kong: import("../../src/kong/pdk/kong.ts").Kong) =>
        kong.service.setTimeouts(100, 100, 20),
    };
    const dev = await startDev([plugin], { upstream: service.url, protocol: "MsgPack:1" });
    try {
      assert.equal((await dev.get("/")).status, 504);
    } finally {
      await dev.close();
      await service.close();
    }
  });

  test("breaks the response off where it breaks off", async () => {
    const service = await startService((_, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half", () => response.destroy());
    });
    const dev = await startDev([], { upstream: service.url });
    try {
      await assert.rejects(() => dev.get("/"));
      const exchange = await dev.over(1);
      assert.equal(exchange.status, 200);
      assert.ok(dev.entries.some((line) => line.includes("broke off")), dev.entries.join("\n"));
    } finally {
      await dev.close();
      await service.close();
    }
  });
});

describe("a client that leaves", () => {
  test("ends the request to the service, and is logged with 499", async () => {
    const asked = settled();
    const left = settled();
    const service = await startService((request, response) => {
      asked.resolve();
      response.on("close", left.resolve);
      request.resume();
    });
    const logged = settled();
    const plugin = { name: "logger", log: () => logged.resolve() };
    const dev = await startDev([plugin], { upstream: service.url });
    try {
      const request = http.get(dev.gateway.url, { agent: false });
      request.on("error", () => {});
      await asked.promise;
      request.destroy();
      await left.promise;
      await logged.promise;
      assert.equal((await dev.over(1)).status, 499);
      assert.match(dev.lines[0]!, /→ 499 /);
    } finally {
      await dev.close();
      await service.close();
    }
  });
});

describe("where requests go", () => {
  test("a plugin can choose another service, also in place of the echo", async () => {
    const service = await startService((request, response) => response.end(request.headers.host));
    const dev = await startDev([{
      name: "router",
      access: (kong) => kong.service.setTarget("127.0.0.1", service.port),
    }]);
    try {
      // Kong leaves the port out of the Host header here.
      assert.equal((await dev.get("/")).text, "127.0.0.1");
    } finally {
      await dev.close();
      await service.close();
    }
  });

  test("the certificate of a service is checked until a plugin says no", async () => {
    const pem = (name: string) =>
      readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
    const service = https.createServer(
      { key: pem("key"), cert: pem("cert") },
      (_, response) => response.end("safe"),
    );
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const { port } = service.address() as AddressInfo;
    const dev = await startDev([{
      name: "trusting",
      access: async (kong) => {
        if (await kong.request.getPath() === "/trust") await kong.service.setTlsVerify(false);
      },
    }], { upstream: `https://127.0.0.1:${port}`, protocol: "MsgPack:1" });
    try {
      assert.equal((await dev.get("/")).status, 502);
      assert.equal((await dev.get("/trust")).text, "safe");
    } finally {
      await dev.close();
      await new Promise((resolve) => {
        service.close(resolve);
        service.closeAllConnections();
      });
    }
  });

  test("only this machine can reach the gateway", async () => {
    const dev = await startDev([]);
    try {
      assert.match(dev.gateway.url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal((await send(dev.gateway.url, "/")).status, 200);
    } finally {
      await dev.close();
    }
  });
});
