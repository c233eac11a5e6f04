// What nginx and Kong do to requests and responses, in gibbon dev: compared with a whole Kong 3.9.1.
import assert from "node:assert/strict";
import http from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type RunningDev, startDev } from "./dev_gateway.ts";

/** Sends bytes as they are; gives the whole answer. */
function raw(url: string, head: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head, "latin1"));
    let text = "";
    socket.on("data", (bytes) => text += (bytes as Uint8Array).toString());
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

const request = (line: string, ...headers: string[]) =>
  [line, "Host: dev.test", "Connection: close", ...headers, "", ""].join("\r\n");

const statusOf = (answer: string) => Number(answer.split(" ")[1]);

/** A service that says what came, and on which connection. */
async function startEcho() {
  const seen: { line: string; headers: string[]; port: number | undefined; body: string }[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => body += bytes);
    request.on("end", () => {
      const { method, url, rawHeaders, socket } = request;
      seen.push({ line: `${method} ${url}`, headers: rawHeaders, port: socket.remotePort, body });
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

const headerOf = (headers: readonly string[], name: string) => {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
};

describe("requests as nginx takes them", () => {
  let dev: RunningDev;
  let service: Awaited<ReturnType<typeof startEcho>>;
  before(async () => {
    service = await startEcho();
    dev = await startDev([{
      name: "changer",
      access: async (kong) => {
        const path = await kong.request.getPath();
        if (path === "/host") await kong.service.request.setHeader("Host", "other.test");
        if (path === "/post") await kong.service.request.setMethod("POST");
        if (path === "/text") {
          await kong.response.exit(200, "hi", { "Content-Type": "text/plain" });
        }
        if (path === "/json") {
          await kong.response.exit(200, "{}", { "Content-Type": "application/json" });
        }
        if (path === "/none") {
          await kong.response.exit(204, undefined, { "Content-Type": "text/plain" });
        }
      },
    }], { upstream: service.url });
  });
  after(async () => {
    await dev.close();
    await service.close();
  });

  const refused: readonly (readonly [string, string, number])[] = [
    ["TRACE", request("TRACE / HTTP/1.1"), 405],
    ["two hosts", request("GET / HTTP/1.1", "Host: dev.test"), 400],
    ["half an escape", request("GET /a%zz HTTP/1.1"), 400],
    ["an escape that is cut off", request("GET /a%2 HTTP/1.1"), 400],
    ["an escaped NUL", request("GET /a%00b HTTP/1.1"), 400],
    ["a path above the root", request("GET /a/../../b HTTP/1.1"), 400],
    ["a header of 9 kB", request("GET / HTTP/1.1", `X-Long: ${"x".repeat(9000)}`), 400],
    ["a target of 9 kB", request(`GET /${"x".repeat(9000)} HTTP/1.1`), 414],
    ["no host in HTTP/1.1", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ];
  for (const [what, bytes, status] of refused) {
    test(`refuses ${what} with ${status}`, async () => {
      const before = service.seen.length;
      const answer = await raw(dev.gateway.url, bytes);
      assert.equal(statusOf(answer), status, answer);
      assert.equal(service.seen.length, before, "the service is not asked");
    });
  }

  const served: readonly (readonly [string, string, string])[] = [
    ["no host in HTTP/1.0", "GET /ten HTTP/1.0\r\n\r\n", "GET /ten"],
    ["a header of 8 kB", request("GET /long HTTP/1.1", `X-Long: ${"x".repeat(8000)}`), "GET /long"],
    ["a percent sign in a query", request("GET /q?a=%zz HTTP/1.1"), "GET /q?a=%zz"],
    ["a path with dots", request("GET /a/../b//c/./d HTTP/1.1"), "GET /b/c/d"],
  ];
  for (const [what, bytes, line] of served) {
    test(`serves ${what}`, async () => {
      assert.equal(statusOf(await raw(dev.gateway.url, bytes)), 200);
      assert.equal(service.seen.at(-1)!.line, line);
    });
  }

  test("tells the service the client's host, whatever a plugin has set", async () => {
    await dev.get("/host");
    const { headers } = service.seen.at(-1)!;
    assert.equal(headerOf(headers, "host"), "other.test");
    assert.equal(headerOf(headers, "x-forwarded-host"), "dev.test");
  });

  test("sends a method that a plugin has set without chunks", async () => {
    await dev.get("/post");
    const { line, headers, body } = service.seen.at(-1)!;
    assert.equal(line, "POST /post");
    assert.equal(headerOf(headers, "transfer-encoding"), undefined);
    assert.equal(headerOf(headers, "content-length"), "0");
    assert.equal(body, "");
  });

  test("passes on that the client takes trailers", async () => {
    await raw(dev.gateway.url, request("GET /te HTTP/1.1", "TE: trailers, deflate"));
    assert.equal(headerOf(service.seen.at(-1)!.headers, "te"), "trailers");
  });

  test("keeps the connection to the service", async () => {
    await dev.get("/one");
    await dev.get("/two");
    const [one, two] = service.seen.slice(-2);
    assert.equal(one!.port, two!.port);
    assert.notEqual(headerOf(two!.headers, "connection"), "close");
  });

  test("says of text that it is UTF-8, and gives 204 no type", async () => {
    assert.equal((await dev.get("/text")).headers["content-type"], "text/plain; charset=UTF-8");
    assert.equal((await dev.get("/json")).headers["content-type"], "application/json");
    const none = await dev.get("/none");
    assert.equal(none.status, 204);
    assert.equal(none.headers["content-type"], undefined);
    assert.equal(none.headers["content-length"], undefined);
  });
});
