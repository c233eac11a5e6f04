// The end of a request over ProtoBuf:1: status, body and headers as Kong gets them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { plainStruct, sent, textOf, utf8 } from "../support/protobuf_calls.ts";

describe("the end of a request", () => {
  const end = (method: string, ...args: unknown[]) => {
    const { asked, message } = sent(`kong.response.${method}`, args, messages.ExitArgs);
    assert.equal(asked, "kong.response.exit");
    const { status, body, headers } = message;
    return [status, textOf(body), plainStruct(headers)];
  };
  const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

  test("has a body as it is, and its headers", () => {
    assert.deepEqual(end("exit", 200, "no"), [200, "no", undefined]);
    assert.deepEqual(end("exit", 200, utf8("no"), { "x-a": 1 }), [200, "no", { "x-a": 1 }]);
  });

  test("has anything else as JSON, and says so unless a type is given", () => {
    assert.deepEqual(end("exit", 401, { a: 1 }), [401, '{"a":1}', JSON_TYPE]);
    assert.deepEqual(end("exit", 401, { a: 1 }, { "x-a": true }), [
      401,
      '{"a":1}',
      { "x-a": "true", ...JSON_TYPE },
    ]);
    for (const name of ["content-type", "Content-Type", "CONTENT-TYPE"]) {
      const headers = { [name]: "text/x" };
      assert.deepEqual(end("exit", 401, { a: 1 }, headers), [401, '{"a":1}', headers]);
    }
    const none = { "content-type": undefined };
    assert.deepEqual(end("exit", 401, { a: 1 }, none), [401, '{"a":1}', JSON_TYPE]);
  });

  test("has JSON as Lua makes it: no null entries, no empty arrays, texts of bytes", () => {
    const value = {
      none: null,
      list: [],
      lists: [[], 1, null],
      large: 12n,
      bytes: utf8("\ufeffž"),
      deep: { none: null, a: "x" },
    };
    const json = '{"list":{},"lists":[{},1,null],"large":12,"bytes":"\ufeffž","deep":{"a":"x"}}';
    assert.deepEqual(end("exit", 200, value), [200, json, JSON_TYPE]);
  });

  test("without a body takes away the type of the service's answer where nginx has a page", () => {
    const untyped = { "Content-Type": [] };
    for (const body of [undefined, null, ""]) {
      for (
        const [status, headers] of [[200, undefined], [299, undefined], [304, undefined]] as const
      ) {
        assert.deepEqual(end("exit", status, body), [status, "", headers]);
      }
      for (const status of [300, 303, 305, 404, 500]) {
        assert.deepEqual(end("exit", status, body), [status, "", untyped]);
      }
    }
    const typed = { "CONTENT-type": "text/x" };
    assert.deepEqual(end("exit", 404, "", typed), [404, "", typed]);
    assert.deepEqual(end("exit", 404, "", { "x-a": "1" }), [404, "", { "x-a": "1", ...untyped }]);
    assert.deepEqual(end("exit", 200, "", { "x-a": "1" }), [200, "", { "x-a": "1" }]);
  });

  test("by an error has a message in JSON, Kong's own where none is given", () => {
    const errors: [args: unknown[], message: string][] = [
      [[500], "An unexpected error occurred"],
      [[404], "Not found"],
      [[404, null], "Not found"],
      [[503, undefined], "Service unavailable"],
      [[599], "Error 599"],
      [[401, "no"], "no"],
      [[401, utf8("no")], "no"],
      [[401, { a: [] }], '{"a":{}}'],
    ];
    for (const [args, message] of errors) {
      assert.deepEqual(end("error", ...args), [args[0], JSON.stringify({ message }), JSON_TYPE]);
    }
  });

  test("by an error keeps the headers but for a type", () => {
    const headers = { "x-a": "1", "CONTENT-TYPE": "text/html" };
    assert.deepEqual(end("error", 404, "no", headers), [
      404,
      '{"message":"no"}',
      { "x-a": "1", ...JSON_TYPE },
    ]);
  });
});
