// kong.response, acted out.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { actedKong } from "../support/acted_kong.ts";

const rejects = (promise: Promise<unknown>, code: string) => assert.rejects(promise, { code });

describe("kong.response", () => {
  test("keeps headers that were set before the service answered", async () => {
    const { call, at, answer } = actedKong({ headers: [["Connection", "close"]] });
    await call("response.set_header", "X_Plugin", "1");
    await call("response.add_header", "X-Multi", "plugin");
    await call("response.set_headers", { "Content-Type": "text/plugin", "X-Gone": "x" });
    await call("response.clear_header", "x_gone");
    answer(202, [["Content-Type", "text/plain"], ["X-Multi", "a"], ["X-Multi", "b"]], "", false);
    const headers = await at("log")("response.get_headers") as Map<string, unknown>;
    assert.deepEqual(Object.fromEntries(headers), {
      "x-plugin": "1",
      "x-multi": ["plugin", "a", "b"],
      "content-type": "text/plain",
      connection: "close",
    });
    assert.equal(await at("log")("response.get_status"), 202);
    assert.equal(await at("log")("response.get_source"), "service");
    assert.equal(await at("response")("response.get_header", "x_MULTI"), "plugin");
    assert.equal(await at("response")("response.get_header", "none"), undefined);
    assert.equal((await at("response")("response.get_headers", 1) as Map<string, unknown>).size, 2);
  });

  test("has buffered responses take the place of headers of the same name", async () => {
    const { call, exchange, answer } = actedKong();
    await call("response.set_header", "X-Multi", "plugin");
    answer(200, [["X-Multi", "a"], ["X-Multi", "b"]]);
    assert.deepEqual(exchange.responseHeaders.all("x-multi"), ["a", "b"]);
  });

  test("changes the response while it is held back", async () => {
    const { at, exchange, answer } = actedKong();
    answer(200, [["X-A", "1"]], "body");
    await at("response")("response.set_status", 418);
    await at("response")("response.clear_header", "X-A");
    assert.equal(exchange.status, 418);
    assert.deepEqual(exchange.responseHeaders.lines, []);
    assert.equal(Buffer.from(exchange.responseBody!).toString(), "body");
    await rejects(at("response")("response.set_status", 99), "PDK_ARGUMENT");
    await rejects(at("response")("response.set_status", "200"), "PDK_ARGUMENT");
    await rejects(at("log")("response.set_status", 200), "PDK_PHASE");
  });

  test("leaves Transfer-Encoding to nginx", async () => {
    const { call, exchange, entries } = actedKong();
    await call("response.set_header", "Transfer_Encoding", "chunked");
    await call("response.set_headers", { "transfer-encoding": "chunked", "X-A": "1" });
    assert.deepEqual(exchange.responseHeaders.lines, [["X-A", "1"]]);
    assert.deepEqual(entries.map(({ level }) => level), ["warn", "warn"]);
  });

  test("has no body functions that an external plugin could use", async () => {
    const { at } = actedKong();
    for (const phase of ["access", "response", "log"] as const) {
      await rejects(at(phase)("response.get_raw_body"), "PDK_PHASE");
      await rejects(at(phase)("response.set_raw_body", "x"), "PDK_PHASE");
    }
  });
});

describe("kong.response.exit", () => {
  test("answers with text, bytes or a table, and with headers", async () => {
    const text = actedKong();
    await text.call("response.set_header", "X-Before", "1");
    await text.exits("access", "response.exit", 403, "no way", { "X-List": ["a", "b"] });
    assert.equal(text.exchange.status, 403);
    assert.equal(text.exchange.source, "exit");
    assert.deepEqual(text.exchange.responseHeaders.lines, [
      ["X-Before", "1"],
      ["X-List", "a"],
      ["X-List", "b"],
      ["Content-Length", "6"],
    ]);
    assert.equal(Buffer.from(text.exchange.responseBody!).toString(), "no way");
    assert.equal(await text.at("log")("response.get_source"), "exit");
    const bytes = actedKong();
    await bytes.exits("rewrite", "response.exit", 200, Uint8Array.of(0, 255));
    assert.deepEqual([...bytes.exchange.responseBody!], [0, 255]);
    const table = actedKong();
    await table.exits("access", "response.exit", 418, { message: "teapot", list: [], path: "/" });
    assert.equal(
      Buffer.from(table.exchange.responseBody!).toString(),
      '{"message":"teapot","list":{},"path":"\\/"}',
    );
    assert.equal(
      table.exchange.responseHeaders.get("content-type"),
      "application/json; charset=utf-8",
    );
  });

  test("keeps type and length that the plugin gives", async () => {
    const { exits, exchange } = actedKong();
    const headers = { content_type: "application/problem+json", "Content-Length": 99 };
    await exits("access", "response.exit", 400, { a: 1 }, headers);
    assert.equal(exchange.responseHeaders.get("content-type"), "application/problem+json");
    assert.equal(exchange.responseHeaders.get("content-length"), "99");
  });

  test("without a body answers with nothing, or with nginx's page from 300 on", async () => {
    const fine = actedKong();
    await fine.exits("access", "response.exit", 204);
    assert.equal(fine.exchange.responseBody!.length, 0);
    const bad = actedKong();
    await bad.exits("access", "response.exit", 403);
    assert.equal(bad.exchange.responseHeaders.get("content-type"), "text/html");
    assert.match(Buffer.from(bad.exchange.responseBody!).toString(), /403 Forbidden/);
    const empty = actedKong();
    await empty.exits("access", "response.exit", 403, "");
    assert.equal(empty.exchange.responseBody!.length, 0);
  });

  test("replaces the service's body in the response phase, and keeps its headers", async () => {
    const { exits, exchange, answer } = actedKong();
    answer(200, [["Content-Type", "text/plain"], ["X-Upstream", "1"]], "from the service");
    await exits("response", "response.exit", 502, "replaced");
    assert.equal(exchange.status, 502);
    assert.equal(exchange.responseHeaders.get("x-upstream"), "1");
    assert.equal(exchange.responseHeaders.get("content-length"), "8");
    assert.equal(Buffer.from(exchange.responseBody!).toString(), "replaced");
  });

  test("raises for what Kong raises for, and the request goes on to a 500", async () => {
    const { call, at, exchange } = actedKong();
    for (
      const args of [["403", "x"], [600], [403, true], [403, "x", "y"], [403, "x", { A: [1] }]]
    ) {
      await rejects(call("response.exit", ...args), "PDK_ARGUMENT");
    }
    await rejects(at("log")("response.exit", 403), "PDK_PHASE");
    assert.equal(exchange.source, undefined);
  });
});

describe("kong.response.error", () => {
  const body = async (accept: string | undefined, ...args: unknown[]) => {
    const headers: [string, string][] = accept === undefined ? [] : [["Accept", accept]];
    const { exits, exchange } = actedKong({ headers });
    await exits("access", "response.error", ...args);
    const type = exchange.responseHeaders.get("content-type")!;
    return { type, text: Buffer.from(exchange.responseBody!).toString(), exchange };
  };

  test("writes the message as the client likes it", async () => {
    const json = await body(undefined, 403);
    assert.deepEqual(JSON.parse(json.text), {
      message: "Forbidden",
      request_id: json.exchange.requestId,
    });
    const types: [string, RegExp, RegExp][] = [
      ["text/html;q=0.5, application/xml", /^application\/xml/, /<message>a &lt; b<\/message>/],
      ["text/html, application/json;q=0.9", /^text\/html/, /<p>a &lt; b<\/p>/],
      ["text/plain", /^text\/plain/, /^a < b\n/],
      ["image/png", /^application\/json/, /"message":"a < b"/],
      ["application/json;q=0, text/*", /^text\/html/, /a &lt; b/],
    ];
    for (const [accept, type, text] of types) {
      const { type: got, text: written } = await body(accept, 500, "a < b");
      assert.match(got, type, accept);
      assert.match(written, text, accept);
    }
  });

  test("takes the type from the headers that it is given", async () => {
    const { type, text } = await body("text/html", 400, "m", { "Content-Type": "text/plain" });
    assert.equal(type, "text/plain");
    assert.match(text, /^m\n/);
  });

  test("takes statuses from 400 on, and messages that are text or tables", async () => {
    const { call } = actedKong();
    await rejects(call("response.error", 399), "PDK_ARGUMENT");
    await rejects(call("response.error", 400, 1), "PDK_ARGUMENT");
    const { text } = await body(undefined, 400, { a: 1 });
    assert.equal(JSON.parse(text).message, '{"a":1}');
    assert.match((await body(undefined, 502)).text, /upstream/);
  });
});
