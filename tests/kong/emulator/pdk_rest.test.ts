// The smaller namespaces of the acted-out PDK: log, nginx, node, router, vault and the like.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { actedKong, latin1 } from "../support/acted_kong.ts";

const rejects = (promise: Promise<unknown>, code: string) => assert.rejects(promise, { code });

describe("kong.log", () => {
  test("writes lines of every level, with values as Lua shows them", async () => {
    const { call, entries } = actedKong();
    await call("log", "n=", 1.5, true, undefined, 1e15, { a: 1 });
    for (const level of ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"]) {
      await call(`log.${level}`, level);
    }
    assert.equal(entries[0]!.message, 'n=1.5truenil1e+15{"a":1}');
    assert.equal(entries[0]!.level, "notice");
    assert.deepEqual(
      entries.slice(1).map(({ level }) => level),
      entries.slice(1).map((e) => e.message),
    );
    assert.equal(entries[0]!.plugin, "tester");
  });

  test("warns of what is deprecated", async () => {
    const { call, entries } = actedKong();
    await call("log.deprecation", "old", { after: "3.0", removal: "4.0" });
    await call("log.deprecation", "plain");
    await assert.rejects(call("log.deprecation", "plain", true), { code: "PDK_ARGUMENT" });
    await assert.rejects(call("log.deprecation"), { code: "PDK_ARGUMENT" });
    assert.deepEqual(entries.map(({ message }) => message), [
      "old (deprecated after 3.0) (scheduled for removal in 4.0)",
      "plain",
    ]);
  });

  test("takes a format, and forgets it", async () => {
    const { call, entries } = actedKong();
    await call("log.set_format", "<%namespace %line_src> %message 100%%");
    await call("log.info", "m");
    await call("log.set_format");
    await call("log.info", "m");
    assert.deepEqual(entries.map(({ message }) => message), ["<tester ?> m 100%", "m"]);
    await rejects(call("log.set_format", 1), "PDK_ARGUMENT");
  });

  test("inspects until it is told not to", async () => {
    const { call, entries } = actedKong();
    await call("log.inspect", "a", 1, { b: 2 });
    await call("log.inspect.off");
    await call("log.inspect", "hidden");
    await call("log.inspect.on");
    await call("log.inspect", "c");
    assert.deepEqual(entries.map(({ message }) => message), ['"a" 1 {"b":2}', '"c"']);
  });

  test("makes a record of the request, with the edits that plugins asked for", async () => {
    const { call, at, answer } = actedKong({
      method: "POST",
      target: "/x?a=1&b",
      headers: [["Host", "e.test"], ["Authorization", "secret"]],
      body: latin1("hello"),
    });
    await call("client.authenticate", { id: "c" }, { id: "k", consumer_id: "c" });
    await call("log.set_serialize_value", "my.new", { deep: [1] });
    await call("log.set_serialize_value", "request.method", undefined);
    await call("log.set_serialize_value", "client_ip", "nobody", { mode: "add" });
    await call("log.set_serialize_value", "none", 1, { mode: "replace" });
    answer(201, [["X-A", "1"]]);
    await at("log")("log.set_serialize_value", "late", 1);
    const text = await at("log")("log.serialize") as string;
    assert.ok(text.includes('"uri":"\\/x?a=1&b"'), text);
    const record = JSON.parse(text);
    assert.equal(record.request.method, undefined);
    assert.equal(record.request.headers.authorization, "REDACTED");
    assert.equal(record.request.url, "http://e.test:8000/x?a=1&b");
    assert.deepEqual(record.request.querystring, { a: "1", b: true });
    assert.equal(record.response.status, 201);
    assert.deepEqual(record.authenticated_entity, { id: "k", consumer_id: "c" });
    assert.deepEqual(record.my, { new: { deep: [1] } });
    assert.equal(record.client_ip, "127.0.0.1");
    assert.equal(record.route.name, "dev");
    assert.deepEqual([record.none, record.late], [undefined, undefined]);
    assert.equal(record.request.size, 26 + 14 + 23 + 5);
  });

  test("refuses edits that lead nowhere", async () => {
    const { call, at } = actedKong();
    await rejects(call("log.set_serialize_value", 1, 2), "PDK_ARGUMENT");
    await rejects(call("log.set_serialize_value", "a", 2, { mode: "merge" }), "PDK_ARGUMENT");
    await call("log.set_serialize_value", "client_ip.part", 1);
    await rejects(at("log")("log.serialize"), "PDK_FAILED");
    await rejects(call("log.serialize"), "PDK_PHASE");
  });
});

describe("kong.ctx.shared", () => {
  test("keeps values of any type from phase to phase", async () => {
    const { call, at } = actedKong();
    await call("ctx.shared.set", "k", { a: [1, "x"] });
    assert.deepEqual(await at("log")("ctx.shared.get", "k"), { a: [1, "x"] });
    await call("ctx.shared.set", "k", false);
    assert.equal(await call("ctx.shared.get", "k"), false);
    await call("ctx.shared.set", "k");
    assert.equal(await call("ctx.shared.get", "k"), undefined);
    assert.equal(await call("ctx.shared.get"), undefined);
    await rejects(call("ctx.shared.set"), "PDK_ARGUMENT");
  });
});

describe("kong.nginx", () => {
  test("knows the variables that can be told from an exchange", async () => {
    const { call, at, answer } = actedKong({
      target: "/a%20b?x=1&y=%C5%BE",
      headers: [["Host", "E.test"], ["X-One", "1"], ["Cookie", "a=1; b=2"]],
    });
    const variables = {
      uri: "/a b",
      request_uri: "/a%20b?x=1&y=%C5%BE",
      args: "x=1&y=%C5%BE",
      is_args: "?",
      arg_x: "1",
      http_x_one: "1",
      cookie_b: "2",
      host: "e.test",
      scheme: "http",
      remote_addr: "127.0.0.1",
      server_port: "8000",
      status: "000",
      request_method: "GET",
      server_protocol: "HTTP/1.1",
      no_such_variable: undefined,
      constructor: undefined,
    };
    for (const [name, value] of Object.entries(variables)) {
      assert.equal(await call("nginx.get_var", name), value, name);
    }
    answer(201, [["X-Up", "u"]]);
    assert.equal(await at("response")("nginx.get_var", "status"), "201");
    assert.equal(await at("response")("nginx.get_var", "sent_http_x_up"), "u");
    assert.equal(await at("response")("nginx.get_var", "upstream_http_x_up"), "u");
    await rejects(at("log")("nginx.get_var", "uri"), "PDK_PHASE");
    await rejects(call("nginx.get_var"), "PDK_ARGUMENT");
  });

  test("keeps the request's context, of which the log phase changes a copy", async () => {
    const { call, at } = actedKong();
    await call("nginx.set_ctx", "k", 1);
    await at("log")("nginx.set_ctx", "k", 2);
    assert.equal(await at("log")("nginx.get_ctx", "k"), 1);
  });

  test("tells what there is to tell of the server", async () => {
    const { call, at, exchange } = actedKong();
    assert.equal(await call("nginx.get_subsystem"), "http");
    assert.equal(await at("preread")("nginx.get_subsystem"), "stream");
    assert.equal(await call("nginx.get_tls1_version_str"), undefined);
    assert.equal(await call("nginx.req_start_time"), exchange.startedAt / 1000);
    const statistics = await call("nginx.get_statistics") as Record<string, unknown>;
    assert.equal(Object.keys(statistics).length, 7);
    assert.ok(Object.values(statistics).every((value) => typeof value === "number"));
  });
});

describe("the rest of the PDK", () => {
  test("has ids, a host name, a route and a service", async () => {
    const { call, plugin } = actedKong();
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    assert.match(await call("node.get_id") as string, uuid);
    assert.match(await call("cluster.get_id") as string, uuid);
    assert.equal(await call("plugin.get_id"), plugin.id);
    assert.match(plugin.id, uuid);
    assert.ok(await call("node.get_hostname"));
    const service = await call("router.get_service") as Record<string, unknown>;
    const route = await call("router.get_route") as { service: Record<string, unknown> };
    assert.equal(route.service.id, service.id);
    assert.equal(service.host, "localhost");
  });

  test("tells memory in the unit that it is asked for", async () => {
    const { call } = actedKong();
    const plain = await call("node.get_memory_stats") as {
      lua_shared_dicts: { kong: { capacity: unknown } };
      workers_lua_vms: { http_allocated_gc: unknown }[];
    };
    assert.equal(plain.lua_shared_dicts.kong.capacity, 5 * 1024 ** 2);
    assert.equal(typeof plain.workers_lua_vms[0]!.http_allocated_gc, "number");
    const inKib = await call("node.get_memory_stats", "K", 1) as typeof plain;
    assert.equal(inKib.lua_shared_dicts.kong.capacity, "5120.0 KiB");
    await rejects(call("node.get_memory_stats", "x"), "PDK_ARGUMENT");
    await rejects(call("node.get_memory_stats", "m", -1), "PDK_ARGUMENT");
  });

  test("knows trusted addresses of both families", async () => {
    const trustedIps = ["10.0.0.0/8", "192.0.2.1", "fd00::/8", "::ffff:0:0/96", "0.0.0.0/32"];
    const { call } = actedKong({}, { trustedIps });
    const trusted = async (address: string) => await call("ip.is_trusted", address);
    for (const address of ["10.255.0.1", "192.0.2.1", "fdff::1", "::ffff:1.2.3.4", "0.0.0.0"]) {
      assert.equal(await trusted(address), true, address);
    }
    for (const address of ["11.0.0.1", "192.0.2.2", "fe00::1", "nonsense", "::1", "0.0.0.1"]) {
      assert.equal(await trusted(address), false, address);
    }
    await rejects(call("ip.is_trusted"), "PDK_ARGUMENT");
  });

  test("reads secrets from the environment by reference", async () => {
    const env = { DB_PASSWORD: "p", MY_JSON: '{"user":"u","n":1}', PRE_X: "x" };
    const { call } = actedKong({}, { env });
    assert.equal(await call("vault.is_reference", "{vault://env/a}"), true);
    assert.equal(await call("vault.is_reference", "env/a"), false);
    assert.equal(await call("vault.get", "{vault://env/db-password}"), "p");
    assert.equal(await call("vault.get", "{vault://env/my-json/user}"), "u");
    assert.equal(await call("vault.get", "{vault://env/my-json/n}"), undefined);
    assert.equal(await call("vault.get", "{vault://env/db-password/x}"), undefined);
    assert.equal(await call("vault.get", "{vault://env/x?prefix=pre_}"), "x");
    assert.equal(await call("vault.get", "{vault://aws/x}"), undefined);
    assert.deepEqual(await call("vault.parse_reference", "{vault://env/a/b?c=d#2}"), {
      name: "env",
      resource: "a",
      key: "b",
      config: { c: "d" },
      version: 2,
    });
    assert.equal(await call("vault.parse_reference", "{vault://env}"), undefined);
    assert.deepEqual(await call("vault.update", { a: 1 }), { a: 1 });
    assert.equal(await call("vault.flush"), undefined);
    assert.equal(await call("vault.warmup", {}), undefined);
    await rejects(call("vault.get"), "PDK_ARGUMENT");
    await rejects(call("vault.update", "x"), "PDK_ARGUMENT");
  });

  test("shows telemetry in the log", async () => {
    const { call, entries } = actedKong();
    assert.equal(await call("telemetry.log", "me", {}, "info", "hello", { a: 1 }), true);
    assert.match(entries[0]!.message, /me: info hello \{"a":1\}/);
    await rejects(call("telemetry.log", "me"), "PDK_ARGUMENT");
  });

  test("gives nil for a function that Kong does not have, and says so in the log", async () => {
    const { call, entries } = actedKong();
    assert.equal(await call("request.no_such", 1), undefined);
    assert.equal(await call("toString"), undefined);
    assert.equal(entries[0]!.message, "could not find pdk method: kong.request.no_such");
  });
});
