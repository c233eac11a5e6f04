// kong.service, kong.service.request and kong.service.response, acted out.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { serviceFor } from "../../../src/kong/emulator/entities.ts";
import { balance } from "../../../src/kong/emulator/balancer/balance.ts";
import { RingBalancer } from "../../../src/kong/emulator/balancer/balancer.ts";
import { actedKong } from "../support/acted_kong.ts";

const rejects = (promise: Promise<unknown>, code: string) => assert.rejects(promise, { code });

describe("kong.service", () => {
  test("goes to the service's URL until a plugin says otherwise", async () => {
    const service = serviceFor(new URL("https://up.test:8443/base/"));
    const { call, exchange } = actedKong({ target: "/x?y=1" }, { service });
    const { scheme, host, port, path } = exchange.upstream;
    assert.deepEqual([scheme, host, port, path], ["https", "up.test", 8443, "/base/x"]);
    await call("service.set_target", "other.test", 81);
    const { upstream } = exchange;
    assert.deepEqual([upstream.host, upstream.port, upstream.hostHeader], [
      "other.test",
      81,
      "other.test",
    ]);
    await rejects(call("service.set_target", "x", 65536), "PDK_ARGUMENT");
    await rejects(call("service.set_target", "x", 1.5), "PDK_ARGUMENT");
    await rejects(call("service.set_target", 1, 1), "PDK_ARGUMENT");
  });

  test("knows the upstreams that the node has", async () => {
    const blue = new RingBalancer([{ host: "10.0.0.1", port: 8080, weight: 100 }]);
    const { call, exchange } = actedKong({}, { balancers: new Map([["blue", blue]]) });
    assert.equal(await call("service.set_upstream", "green"), undefined);
    assert.equal(await call("service.set_upstream", "toString"), undefined);
    assert.equal(await call("service.set_upstream", "blue"), true);
    assert.equal(exchange.upstream.host, "blue");
    assert.equal(balance(exchange), true);
    assert.deepEqual([exchange.upstream.host, exchange.upstream.port], ["10.0.0.1", 8080]);
  });

  test("takes retries, timeouts and what TLS checks", async () => {
    const { call, exchange } = actedKong();
    await call("service.set_retries", 3);
    await call("service.set_timeouts", 1, 2, 3);
    assert.equal(await call("service.set_tls_verify", true), true);
    assert.equal(await call("service.set_tls_verify_depth", 2), true);
    const { retries, timeouts, tlsVerify, tlsVerifyDepth } = exchange.upstream;
    assert.deepEqual([retries, tlsVerify, tlsVerifyDepth], [3, true, 2]);
    assert.deepEqual(timeouts, { connect: 1, write: 2, read: 3 });
    await rejects(call("service.set_retries", -1), "PDK_ARGUMENT");
    await rejects(call("service.set_timeouts", 1, 2), "PDK_ARGUMENT");
    await rejects(call("service.set_timeouts", 0, 2, 3), "PDK_ARGUMENT");
    await rejects(call("service.set_tls_verify", 1), "PDK_ARGUMENT");
    await rejects(call("service.set_tls_verify_depth", "1"), "PDK_ARGUMENT");
  });
});

describe("kong.service.request", () => {
  test("sets scheme, method and path, and checks them", async () => {
    const { call, exchange, at } = actedKong({ method: "GET", target: "/a" });
    await call("service.request.set_scheme", "https");
    await call("service.request.set_method", "PATCH");
    await call("service.request.set_path", "/ž x/%2f?");
    assert.equal(exchange.upstream.scheme, "https");
    assert.equal(exchange.upstream.path, "/%C5%BE%20x/%2f?");
    assert.equal(await call("request.get_method"), "PATCH");
    // The client's own path is what it was.
    assert.equal(await call("request.get_path"), "/a");
    await rejects(call("service.request.set_scheme", "ftp"), "PDK_ARGUMENT");
    await rejects(call("service.request.set_method", "get"), "PDK_ARGUMENT");
    await rejects(call("service.request.set_path", "a"), "PDK_ARGUMENT");
    await rejects(at("response")("service.request.set_path", "/a"), "PDK_PHASE");
  });

  test("writes queries sorted by name and escaped", async () => {
    const { call, exchange } = actedKong();
    await call("service.request.set_query", {
      foo: "hello world",
      bar: ["baz", "bla", true],
      zzz: true,
      no: false,
      blo: "",
      "ä": 1,
    });
    assert.equal(exchange.query, "%C3%A4=1&bar=baz&bar=bla&bar&blo=&foo=hello%20world&zzz");
    await call("service.request.set_raw_query", "a=%zz&ž");
    assert.equal(exchange.query, "a=%zz&\xc5\xbe");
    assert.equal(await call("request.get_raw_query"), "a=%zz&ž");
    await call("service.request.set_raw_query", "a=1&b=x+y&%61=2&c");
    await call("service.request.clear_query_arg", "a");
    assert.equal(exchange.query, "b=x%20y&c");
    await rejects(call("service.request.set_query", { a: { b: 1 } }), "PDK_ARGUMENT");
    await rejects(call("service.request.set_query", [["x"]]), "PDK_ARGUMENT");
    await rejects(call("service.request.set_query", "a=1"), "PDK_ARGUMENT");
    await rejects(call("service.request.clear_query_arg", 1), "PDK_ARGUMENT");
  });

  test("sets, adds and clears headers, which the request's own functions see", async () => {
    const { call, exchange } = actedKong({ headers: [["X-A", "1"], ["x-a", "2"], ["X-B", "b"]] });
    await call("service.request.set_header", "x-A", 7);
    await call("service.request.add_header", "X-A", "ž");
    await call("service.request.add_header", "X-New", "n");
    await call("service.request.set_headers", { "X-C": ["1", "2"], "X-D": true, "X-E": "" });
    await call("service.request.clear_header", "x-b");
    assert.deepEqual(exchange.headers.lines, [
      ["X-A", "7"],
      ["X-A", "\xc5\xbe"],
      ["X-New", "n"],
      ["X-C", "1"],
      ["X-C", "2"],
      ["X-D", "true"],
      ["X-E", " "],
    ]);
    assert.equal(await call("request.get_header", "x-a"), "7");
    assert.equal(await call("service.request.set_header", ":authority", "x"), undefined);
    assert.equal(exchange.headers.get(":authority"), undefined);
  });

  test("lets nothing that is set begin a new line", async () => {
    const { call, exchange } = actedKong();
    await call("service.request.set_header", "X-A\r\nX-B: 1", "v\r\nX-C: 2\t\x00");
    assert.deepEqual(exchange.headers.lines, [["X-A%0D%0AX-B%3A%201", "v%0D%0AX-C: 2\t%00"]]);
  });

  test("takes headers of the types that Kong takes", async () => {
    const { call, exchange } = actedKong();
    for (const value of [undefined, { a: 1 }, [1], [["a"]]]) {
      await rejects(call("service.request.set_header", "X", value), "PDK_ARGUMENT");
    }
    await rejects(call("service.request.set_header", 1, "v"), "PDK_ARGUMENT");
    await rejects(call("service.request.set_header", "", "v"), "PDK_ARGUMENT");
    await rejects(call("service.request.set_headers", { A: "1", B: [1] }), "PDK_ARGUMENT");
    await rejects(call("service.request.set_headers", "A: 1"), "PDK_ARGUMENT");
    // Nothing is set if one of them is wrong.
    assert.deepEqual(exchange.headers.lines, []);
  });

  test("makes the Host header the name that the service is asked for", async () => {
    const { call, exchange } = actedKong({ headers: [["Host", "a.test"]] });
    await call("service.request.set_header", "host", "b.test");
    assert.equal(exchange.upstream.hostHeader, "b.test");
    assert.equal(await call("request.get_host"), "b.test");
  });

  test("sets bodies with their length, as they are or by media type", async () => {
    const { call, exchange } = actedKong({ method: "POST" });
    await call("service.request.set_raw_body", "ž");
    assert.deepEqual(exchange.body, Buffer.from("ž"));
    assert.equal(exchange.headers.get("content-length"), "2");
    assert.deepEqual(await call("request.get_raw_body"), Buffer.from("ž"));
    await call("service.request.set_raw_body", Uint8Array.of(0, 255));
    assert.deepEqual([...exchange.body], [0, 255]);
    assert.equal(await call("service.request.set_body", { a: 1 }), undefined);
    const text = async (body: object, type?: string) => {
      assert.equal(await call("service.request.set_body", body, type), true);
      return Buffer.from(exchange.body).toString();
    };
    assert.equal(await text({ a: [], b: "/" }, "application/json"), '{"a":{},"b":"\\/"}');
    assert.equal(
      await text({ b: [1, true], a: "x" }, "application/x-www-form-urlencoded"),
      "a=x&b=1&b",
    );
    assert.equal(exchange.headers.get("content-type"), "application/x-www-form-urlencoded");
    assert.equal(await text({ c: "d" }), "c=d");
    assert.equal(
      await text({ b: 2, a: true }, 'multipart/form-data; boundary="B"'),
      '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\ntrue\r\n' +
        '--B\r\nContent-Disposition: form-data; name="b"\r\n\r\n2\r\n--B--\r\n',
    );
    assert.equal(exchange.headers.get("content-type"), "multipart/form-data; boundary=B");
    await text({ b: 2 }, "multipart/form-data");
    assert.match(exchange.headers.get("content-type")!, /^multipart\/form-data; boundary=\w+$/);
    await rejects(
      call("service.request.set_body", { a: [1] }, "multipart/form-data"),
      "PDK_ARGUMENT",
    );
    await rejects(call("service.request.set_body", { a: 1 }, "text/plain"), "PDK_ARGUMENT");
    await rejects(call("service.request.set_body", "a"), "PDK_ARGUMENT");
    await rejects(call("service.request.set_raw_body", 1), "PDK_ARGUMENT");
  });

  test("turns buffering on, and has nothing to do without HTTP", async () => {
    const { call, at, exchange } = actedKong();
    await call("service.request.enable_buffering");
    assert.equal(exchange.buffered, true);
    assert.equal(await at("preread")("service.request.disable_tls"), true);
  });
});

describe("kong.service.response", () => {
  test("gives what the service answered, whatever plugins make of it", async () => {
    const { at, answer } = actedKong();
    const call = at("response");
    answer(201, [["Content-Type", "application/json"], ["X-A", "1"], ["X-A", "2"]], '{"a":1}');
    await call("response.set_status", 500);
    await call("response.set_header", "X-A", "plugin");
    assert.equal(await call("service.response.get_status"), 201);
    assert.equal(await call("service.response.get_header", "x_a"), "1");
    assert.deepEqual(await call("service.response.get_raw_body"), Buffer.from('{"a":1}'));
    assert.deepEqual(await call("service.response.get_body"), { a: 1 });
    assert.equal(await call("service.response.get_body", "text/plain"), undefined);
    assert.equal((await call("service.response.get_headers") as Map<string, unknown>).size, 0);
    assert.equal(await at("log")("service.response.get_status"), 201);
  });

  test("raises in log where the response was not held back, or there was none", async () => {
    const streamed = actedKong();
    streamed.answer(200, [], "", false);
    for (const name of ["get_status", "get_header", "get_raw_body", "get_body"]) {
      await rejects(streamed.at("log")(`service.response.${name}`, "x"), "PDK_FAILED");
    }
    const exited = actedKong();
    exited.exchange.buffered = true;
    await exited.exits("access", "response.exit", 403);
    await rejects(exited.at("log")("service.response.get_status"), "PDK_FAILED");
    await rejects(exited.at("access")("service.response.get_status"), "PDK_PHASE");
  });
});
