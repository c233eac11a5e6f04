// kong.request and kong.client, acted out.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import type { HeaderLine } from "../../../src/kong/emulator/http/header_list.ts";
import { actedKong, latin1 } from "../support/acted_kong.ts";

const table = (value: unknown) => Object.fromEntries(value as Map<string, unknown>);

describe("kong.request", () => {
  test("tells the parts of the request line and of the connection", async () => {
    const { call } = actedKong({
      method: "PUT",
      target: "/a%20b/./../c%2f/%c3%b8//d/?x=1&y",
      headers: [["Host", "Example.Test:8000"]],
      scheme: "https",
      httpVersion: 2,
      server: { ip: "10.0.0.9", port: 8443 },
    });
    assert.equal(await call("request.get_method"), "PUT");
    assert.equal(await call("request.get_scheme"), "https");
    assert.equal(await call("request.get_host"), "example.test");
    assert.equal(await call("request.get_port"), 8443);
    assert.equal(await call("request.get_http_version"), 2);
    assert.equal(await call("request.get_path"), "/c%2F/ø/d/");
    assert.equal(await call("request.get_raw_path"), "/a%20b/./../c%2f/%c3%b8//d/");
    assert.equal(await call("request.get_raw_query"), "x=1&y");
    assert.equal(
      await call("request.get_path_with_query"),
      "/a%20b/./../c%2f/%c3%b8//d/?x=1&y",
    );
    assert.equal(typeof await call("request.get_start_time"), "number");
  });

  test("keeps nothing of the host in an absolute request target", async () => {
    const { call } = actedKong({
      target: "http://evil.test/x?y",
      headers: [["Host", "good.test"]],
    });
    assert.equal(await call("request.get_path_with_query"), "/x?y");
    assert.equal(await call("request.get_host"), "good.test");
  });

  test("reads queries as nginx's Lua module does", async () => {
    const { call } = actedKong({ target: "/?a=1&b&a=2&c=&b=x&d=a+b%20c&=no&%zz=%4&&e=%ff" });
    assert.deepEqual(table(await call("request.get_query")), {
      a: ["1", "2"],
      b: [true, "x"],
      c: "",
      d: "a b c",
      "%zz": "%4",
      e: Buffer.from([0xff]),
    });
    assert.deepEqual(table(await call("request.get_query", 2)), { a: "1", b: true });
    assert.equal(await call("request.get_query_arg", "a"), "1");
    assert.equal(await call("request.get_query_arg", "b"), true);
    assert.equal(await call("request.get_query_arg", "c"), "");
    assert.equal(await call("request.get_query_arg", "none"), undefined);
  });

  test("reads 100 arguments and headers, or as many as it is told, up to 1000", async () => {
    const many = Array.from({ length: 120 }, (_, i) => i);
    const headers = many.map((i): HeaderLine => [`X-${i}`, "v"]);
    const { call } = actedKong({ target: `/?${many.map((i) => `a${i}`).join("&")}`, headers });
    for (const method of ["request.get_query", "request.get_headers"]) {
      assert.equal((await call(method) as Map<string, unknown>).size, 100);
      assert.equal((await call(method, 120) as Map<string, unknown>).size, 120);
      for (const wrong of [0, 1001, "1", true]) {
        await assert.rejects(() => call(method, wrong), { code: "PDK_ARGUMENT" });
      }
    }
  });

  test("finds headers by any spelling and gives bytes that are no text as bytes", async () => {
    const { call } = actedKong({
      headers: [["X-One", "1"], ["x-one", "2"], ["X_Under", "u"], ["X-Text", "\xc5\xbe"], [
        "X-Bytes",
        "\xff",
      ]],
    });
    assert.equal(await call("request.get_header", "x_ONE"), "1");
    assert.equal(await call("request.get_header", "X-Under"), "u");
    assert.equal(await call("request.get_header", "x-text"), "ž");
    assert.deepEqual(await call("request.get_header", "x-bytes"), Buffer.from([0xff]));
    assert.equal(await call("request.get_header", "x-none"), undefined);
    assert.deepEqual(table(await call("request.get_headers")), {
      "x-one": ["1", "2"],
      x_under: "u",
      "x-text": "ž",
      "x-bytes": Buffer.from([0xff]),
    });
    await assert.rejects(() => call("request.get_header", 1), { code: "PDK_ARGUMENT" });
  });

  test("gives a body up to the buffer's size, and larger ones if asked for a size", async () => {
    const large = { body: new Uint8Array(20) };
    const { call, entries } = actedKong(large, { clientBodyBufferBytes: 10 });
    assert.equal(await call("request.get_raw_body"), undefined);
    assert.match(entries[0]!.message, /20 bytes.*10 bytes.*client_body_buffer_size/);
    assert.equal(await call("request.get_raw_body", 19), undefined);
    assert.equal((await call("request.get_raw_body", 20) as Uint8Array).length, 20);
    assert.equal((await call("request.get_raw_body", 0) as Uint8Array).length, 20);
    const small = actedKong({}, { clientBodyBufferBytes: 10 });
    assert.equal((await small.call("request.get_raw_body") as Uint8Array).length, 0);
  });

  test("reads bodies by their media type", async () => {
    const typed = (type: string, body: string) =>
      actedKong({ headers: [["Content-Type", type]], body: latin1(body) }).call("request.get_body");
    assert.deepEqual(await typed("application/json; x=y", '{"a":[1,null],"b":{}}'), {
      a: [1, null],
      b: {},
    });
    assert.equal(await typed("application/json", "5"), undefined);
    assert.equal(await typed("application/json", "{"), undefined);
    assert.deepEqual(table(await typed("application/x-www-form-urlencoded", "a=1&b&a=%32")), {
      a: ["1", "2"],
      b: true,
    });
    const part = (name: string, value: string) =>
      `--B\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    assert.deepEqual(
      table(
        await typed(
          'multipart/form-data; boundary="B"',
          part("a", "1\r\n2") + part("b", "x") + part("b", "\xff") + "--B--\r\n",
        ),
      ),
      { a: "1\r\n2", b: ["x", Buffer.from([0xff])] },
    );
    assert.equal(await typed("text/plain", "a=1"), undefined);
    assert.equal(await actedKong({ body: latin1("{}") }).call("request.get_body"), undefined);
  });

  test("takes the media type, the number of arguments and the size that it is told", async () => {
    const { call } = actedKong({ body: latin1("a=1&b=2") }, { clientBodyBufferBytes: 3 });
    const form = "application/x-www-form-urlencoded";
    assert.equal(await call("request.get_body", form, 1, 0), undefined);
    const json = actedKong({ body: latin1("[1,2]") }, { clientBodyBufferBytes: 3 });
    assert.equal(await json.call("request.get_body", "application/json"), undefined);
    assert.deepEqual(await json.call("request.get_body", "application/json", 1, 0), [1, 2]);
    const small = actedKong({ body: latin1("a=1&b=2") });
    assert.deepEqual(table(await small.call("request.get_body", form, 1)), { a: "1" });
    await assert.rejects(() => small.call("request.get_body", form, 0), { code: "PDK_ARGUMENT" });
  });

  test("believes X-Forwarded-* from trusted addresses only", async () => {
    const request = {
      target: "/own?x",
      headers: [
        ["Host", "own.test"],
        ["X-Forwarded-Proto", "HTTPS"],
        [
          "X-Forwarded-Host",
          "user@Far.Test:444",
        ],
        ["X-Forwarded-Path", "/far"],
        ["X-Forwarded-Prefix", "/prefix"],
        [
          "X-Real-IP",
          "203.0.113.7",
        ],
      ] as HeaderLine[],
      client: { ip: "10.1.2.3", port: 4321 },
    };
    const methods = ["scheme", "host", "port", "path", "prefix"].map((name) =>
      `request.get_forwarded_${name}`
    ).concat("client.get_forwarded_ip", "client.get_ip");
    const answers = async (trustedIps: string[]) => {
      const { call } = actedKong(request, { trustedIps });
      return await Promise.all(methods.map((method) => call(method)));
    };
    const own = ["http", "own.test", 8000, "/own", undefined, "10.1.2.3", "10.1.2.3"];
    const far = ["https", "far.test", 444, "/far", "/prefix", "203.0.113.7", "10.1.2.3"];
    assert.deepEqual(await answers([]), own);
    assert.deepEqual(await answers(["10.0.0.0/8"]), far);
    assert.deepEqual(await answers(["10.2.0.0/16", "fd00::/8"]), own);
  });

  test("gives captures of the path by number and name", async () => {
    const { call, exchange } = actedKong();
    assert.deepEqual(await call("request.get_uri_captures"), { named: {}, unnamed: [] });
    exchange.captures.set(0, "/u/7").set(1, "7").set("id", "7");
    assert.deepEqual(await call("request.get_uri_captures"), {
      named: { id: "7" },
      unnamed: new Map([[0, "/u/7"], [1, "7"]]),
    });
  });

  test("raises in phases where Kong raises", async () => {
    const { at } = actedKong();
    await assert.rejects(() => at("log")("request.get_method"), { code: "PDK_PHASE" });
    await assert.rejects(() => at("certificate")("request.get_header", "a"), {
      code: "PDK_PHASE",
    });
    assert.equal(await at("log")("request.get_header", "a"), undefined);
    // A TLS handshake has no variables of nginx.
    for (
      const method of [
        "request.get_port",
        "client.get_ip",
        "client.get_forwarded_ip",
        "client.get_port",
        "client.get_forwarded_port",
        "nginx.get_var",
      ]
    ) {
      await assert.rejects(() => at("certificate")(method, "scheme"), { code: "PDK_PHASE" });
      await at("preread")(method, "scheme");
    }
  });
});

describe("kong.client", () => {
  const alice = { id: "5f6d1c9a-5e0d-4a4e-8a57-0d6f6a1b2c3d", username: "alice" };

  test("tells the client's address", async () => {
    const { call } = actedKong({ client: { ip: "::1", port: 5555 } });
    assert.equal(await call("client.get_ip"), "::1");
    assert.equal(await call("client.get_port"), 5555);
    assert.equal(await call("client.get_forwarded_port"), 5555);
  });

  test("finds consumers by id, and by name if asked to", async () => {
    const { call } = actedKong({}, { consumers: [alice] });
    assert.deepEqual(await call("client.load_consumer", alice.id), alice);
    assert.deepEqual(await call("client.load_consumer", "alice", true), alice);
    assert.equal(await call("client.load_consumer", "bob", true), undefined);
    assert.equal(
      await call("client.load_consumer", "00000000-0000-4000-8000-000000000000"),
      undefined,
    );
    await assert.rejects(() => call("client.load_consumer", "alice"), { code: "PDK_ARGUMENT" });
    await assert.rejects(() => call("client.load_consumer"), { code: "PDK_ARGUMENT" });
  });

  test("keeps whom the request was authenticated as", async () => {
    const { call, at } = actedKong();
    assert.equal(await call("client.get_consumer"), undefined);
    await call("client.authenticate", alice, { id: "k1" });
    assert.deepEqual(await at("log")("client.get_consumer"), alice);
    assert.deepEqual(await at("response")("client.get_credential"), { id: "k1" });
    await call("client.authenticate", undefined, { id: "k2" });
    assert.equal(await call("client.get_consumer"), undefined);
    await assert.rejects(() => call("client.authenticate"), { code: "PDK_ARGUMENT" });
    await assert.rejects(() => call("client.authenticate", "alice"), { code: "PDK_ARGUMENT" });
    await assert.rejects(() => at("rewrite")("client.authenticate", alice), { code: "PDK_PHASE" });
  });

  test("tells the protocol by the route, TLS, and a trusted proxy", async () => {
    const headers: HeaderLine[] = [["X-Forwarded-Proto", "https"]];
    assert.equal(await actedKong().call("client.get_protocol"), "http");
    assert.equal(await actedKong({ scheme: "https" }).call("client.get_protocol"), "https");
    assert.equal(await actedKong({ headers }).call("client.get_protocol", true), "http");
    const trusting = actedKong({ headers }, { trustedIps: ["127.0.0.1"] });
    assert.equal(await trusting.call("client.get_protocol", true), "https");
    assert.equal(await trusting.call("client.get_protocol", false), "http");
    const one = actedKong({}, { route: { protocols: ["grpc"] } });
    assert.equal(await one.call("client.get_protocol"), "grpc");
    assert.equal(await actedKong({}, { route: undefined }).call("client.get_protocol"), undefined);
  });

  test("acts out what there is of TLS", async () => {
    const { call, at, exchange } = actedKong({ tls: { version: "TLSv1.3", clientChain: "PEM" } });
    assert.equal(await at("certificate")("client.tls.request_client_certificate"), true);
    assert.equal(await at("certificate")("client.tls.disable_session_reuse"), true);
    assert.equal(await call("client.tls.get_full_client_certificate_chain"), "PEM");
    assert.equal(await at("log")("client.tls.get_full_client_certificate_chain"), undefined);
    await call("client.tls.set_client_verify", "FAILED:expired");
    assert.equal(exchange.clientVerify, "FAILED:expired");
    await assert.rejects(() => call("client.tls.set_client_verify", "MAYBE"), {
      code: "PDK_ARGUMENT",
    });
    assert.equal(await call("nginx.get_tls1_version_str"), "TLSv1.3");
  });
});
