// Kong's answers to PDK calls over ProtoBuf:1: what a plugin gets of each.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeCall } from "../../../src/kong/protocol/protobuf/calls.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import {
  bytesOf,
  got,
  list,
  NIL,
  numberValue,
  sent,
  struct,
  structValue,
  textOf,
  textValue,
  TRUE,
  utf8,
} from "../support/protobuf_calls.ts";

describe("answers", () => {
  test("that are empty are nil where a result can be nil, and 0 or an empty text elsewhere", () => {
    const empty: Readonly<Record<string, unknown>> = {
      "kong.request.get_header": undefined,
      "kong.client.get_protocol": undefined,
      "kong.ip.is_trusted": undefined,
      "kong.request.get_http_version": undefined,
      "kong.service.response.get_status": undefined,
      "kong.client.get_credential": undefined,
      "kong.client.get_consumer": undefined,
      "kong.router.get_route": undefined,
      "kong.router.get_service": undefined,
      "kong.request.get_raw_body": undefined,
      "kong.response.set_header": undefined,
      "kong.request.get_method": "",
      "kong.request.get_port": 0,
      "kong.nginx.req_start_time": 0,
    };
    for (const [method, value] of Object.entries(empty)) {
      assert.equal(got(method, undefined, ["x", "y"]), value, method);
    }
  });

  test("are texts, numbers, booleans and bytes", () => {
    assert.equal(got("kong.request.get_header", bytesOf(messages.String, { v: "ž" }), ["x"]), "ž");
    assert.equal(got("kong.request.get_port", bytesOf(messages.Int, { v: 8000 })), 8000);
    assert.equal(got("kong.request.get_http_version", bytesOf(messages.Number, { v: 1.1 })), 1.1);
    assert.equal(got("kong.ip.is_trusted", bytesOf(messages.Bool, { v: true }), ["::1"]), true);
    assert.equal(got("kong.ip.is_trusted", bytesOf(messages.Bool, { v: false }), ["::1"]), false);
    const body = bytesOf(messages.ByteString, { v: Uint8Array.of(0xff, 0) });
    assert.deepEqual(got("kong.service.response.get_raw_body", body), Uint8Array.of(0xff, 0));
  });

  test("to a function that gives nothing are nothing, whatever came", () => {
    assert.equal(got("kong.log.err", bytesOf(messages.String, { v: "x" })), undefined);
  });

  test("are the path before a query", () => {
    const paths = { "/a%20b?c=1?2": "/a%20b", "/a": "/a", "?": "", "": "" };
    for (const [all, path] of Object.entries(paths)) {
      const answer = bytesOf(messages.ByteString, { v: utf8(all) });
      assert.equal(got("kong.request.get_raw_path", answer), path);
    }
    const { messages: [name] } = encodeCall("kong.request.get_raw_path", []);
    assert.equal(textOf(name), "kong.request.get_path_with_query");
  });

  test("that are not UTF-8 are Latin-1, texts in values and names too", () => {
    const v = Uint8Array.of(0x61, 0xe9);
    const answer = bytesOf(messages.ByteString, { v });
    assert.equal(got("kong.request.get_method", answer), "aé");
    assert.equal(got("kong.request.get_raw_path", answer), "aé");
    const value: messages.Value = { kind: { $case: "string_value", value: v } };
    const { unnamed, named } = got(
      "kong.request.get_uri_captures",
      bytesOf(messages.UriCapturesResult, { unnamed: [v], named: [{ key: "k", value: v }] }),
    ) as { unnamed: string[]; named: object };
    assert.deepEqual([unnamed, named], [["aé"], { k: "aé" }]);
    assert.equal(got("kong.ctx.shared.get", bytesOf(messages.Value, value), ["k"]), "aé");
    // Not in a document, where the texts of others lie: those would not be found again.
    assert.equal(got("kong.log.serialize", answer), "a\ufffd");
  });

  test("are values of any kind", () => {
    const values: [value: messages.Value, got: unknown][] = [
      [{ kind: undefined }, null],
      [NIL, undefined],
      [textValue("t"), "t"],
      [numberValue(1.5), 1.5],
      [TRUE, true],
      [list(textValue("a"), list(numberValue(1))), ["a", [1]]],
      [structValue({ a: structValue({ b: TRUE }) }), { a: { b: true } }],
      [structValue({}), []],
      [structValue({ a: undefined, __proto__x: TRUE }), { a: null, __proto__x: true }],
    ];
    for (const [value, expected] of values) {
      const result = got("kong.ctx.shared.get", bytesOf(messages.Value, value), ["k"]);
      assert.deepEqual(result, expected);
    }
  });

  test("do not reach the prototype of what a plugin gets", () => {
    const fields = [{ key: "__proto__", value: TRUE }];
    const value: messages.Value = { kind: { $case: "struct_value", value: { fields } } };
    const result = got("kong.ctx.shared.get", bytesOf(messages.Value, value), ["k"]) as object;
    assert.deepEqual(Object.keys(result), ["__proto_"]);
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
  });

  test("may be nested as deep as the limit, and no deeper", () => {
    const nested = (depth: number, wrap: (value: messages.Value) => messages.Value) => {
      let value = numberValue(1);
      for (let at = 0; at < depth; at++) value = wrap(value);
      return bytesOf(messages.Value, value);
    };
    for (
      const wrap of [
        (value: messages.Value) => list(value),
        (a: messages.Value) => structValue({ a }),
      ]
    ) {
      const ask = (depth: number) =>
        got("kong.ctx.shared.get", nested(depth, wrap), ["k"], { nesting: 3 });
      assert.equal(JSON.stringify(ask(3)).replaceAll(/[^1]/g, ""), "1");
      assert.throws(() => ask(4), { code: "LIMIT", remedy: /--max-nesting/ });
    }
  });

  test("are all values of each header or argument, none of one without a value", () => {
    const answer = bytesOf(
      messages.Struct,
      struct({ a: textValue("1"), b: list(textValue("1"), TRUE), flag: TRUE, none: list() }),
    );
    for (const method of ["kong.request.get_headers", "kong.request.get_query"]) {
      assert.deepEqual(got(method, answer), { a: ["1"], b: ["1", true], flag: [], none: [] });
    }
  });

  test("are the first value of one query argument among all", () => {
    const { asked, message } = sent("kong.request.get_query_arg", ["b", 5], messages.Int);
    assert.deepEqual([asked, message.v], ["kong.request.get_query", 100]);
    const answer = bytesOf(
      messages.Struct,
      struct({ a: textValue("1"), b: list(textValue("2"), textValue("3")), flag: TRUE }),
    );
    const one = (name: string) => got("kong.request.get_query_arg", answer, [name]);
    assert.deepEqual(["a", "b", "flag", "none"].map(one), ["1", "2", true, undefined]);
  });
});

describe("entities", () => {
  test("have the fields that were sent, and 0 where it is left out", () => {
    const route = messages.Route.decode(new Uint8Array(0));
    const sent: messages.Route = { ...route, id: "r1", strip_path: false, paths: ["/"] };
    assert.deepEqual(got("kong.router.get_route", bytesOf(messages.Route, sent)), {
      regex_priority: 0,
      id: "r1",
      strip_path: false,
      paths: ["/"],
    });
    const ranked = { ...sent, regex_priority: 5, service: { id: "s1" } };
    const { regex_priority, service } = got(
      "kong.router.get_route",
      bytesOf(messages.Route, ranked),
    ) as messages.Route;
    assert.deepEqual([regex_priority, service], [5, { id: "s1" }]);
    const empty = messages.Service.decode(new Uint8Array(0));
    assert.deepEqual(
      got("kong.router.get_service", bytesOf(messages.Service, { ...empty, host: "h" })),
      { retries: 0, host: "h" },
    );
  });

  test("are consumers and credentials", () => {
    const consumer = messages.Consumer.decode(new Uint8Array(0));
    const answer = bytesOf(messages.Consumer, { ...consumer, id: "c1", username: "alice" });
    for (const method of ["kong.client.get_consumer", "kong.client.load_consumer"]) {
      assert.deepEqual(got(method, answer, ["c1"]), { id: "c1", username: "alice" });
    }
    const credential = { id: "k1", consumer_id: undefined };
    assert.deepEqual(
      got("kong.client.get_credential", bytesOf(messages.AuthenticatedCredential, credential)),
      { id: "k1" },
    );
  });

  test("are memory statistics, with 0 for what is left out of a dictionary", () => {
    const stats: messages.MemoryStats = {
      lua_shared_dicts: {
        kong: { allocated_slabs: 1, capacity: undefined },
        kong_db_cache: undefined,
      },
      workers_lua_vms: [{ http_allocated_gc: 5, pid: 2 }, {
        http_allocated_gc: undefined,
        pid: undefined,
      }],
    };
    assert.deepEqual(got("kong.node.get_memory_stats", bytesOf(messages.MemoryStats, stats)), {
      lua_shared_dicts: { kong: { allocated_slabs: 1, capacity: 0 } },
      workers_lua_vms: [{ http_allocated_gc: 5, pid: 2 }, {}],
    });
    assert.deepEqual(got("kong.node.get_memory_stats"), {
      lua_shared_dicts: {},
      workers_lua_vms: [],
    });
  });
});

describe("what ProtoBuf:1 has no message for", () => {
  test("is refused with what to do instead, where there is something", () => {
    const refused: Readonly<Record<string, RegExp>> = {
      "kong.request.get_body": /^Decode kong\.request\.getRawBodyText/,
      "kong.request.get_start_time": /^Use kong\.nginx\.reqStartTime/,
      "kong.service.request.set_body": /^Use kong\.service\.request\.setRawBody/,
      "kong.service.request.clear_query_arg": /^Use .*kong\.service\.request\.setQuery/,
      "kong.service.request.enable_buffering": /^Give the plugin a response handler/,
      "kong.service.response.get_body": /^Decode kong\.service\.response\.getRawBodyText/,
    };
    for (const [method, remedy] of Object.entries(refused)) {
      assert.throws(() => encodeCall(method, []), { code: "PDK_FAILED", remedy });
      assert.throws(() => encodeCall(method, []), {
        remedy: /, or do without it, or let Kong use /,
      });
    }
    for (const method of ["kong.nothing", "toString"]) {
      const remedy = "Do without it, or let Kong use the plugin over MsgPack:1.";
      assert.throws(() => encodeCall(method, []), { code: "PDK_FAILED", remedy });
    }
  });
});
