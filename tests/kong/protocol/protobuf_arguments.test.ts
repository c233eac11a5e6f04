// Arguments of PDK calls over ProtoBuf:1: the call of Kong's that each becomes, and its message.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeCall } from "../../../src/kong/protocol/protobuf/calls.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { plain, plainStruct, sent, textOf, utf8 } from "../support/protobuf_calls.ts";

const ARGUMENT_REFUSED = { code: "PDK_ARGUMENT", message: /^ProtoBuf:1 cannot carry / };

describe("arguments", () => {
  test("are no bytes at all where there are none", () => {
    const { messages: [name, bytes] } = encodeCall("kong.request.get_method", []);
    assert.deepEqual([textOf(name), bytes.length], ["kong.request.get_method", 0]);
  });

  test("are texts, which may be bytes that are no UTF-8", () => {
    for (const value of ["x-ž", Uint8Array.of(0x78, 0xff)]) {
      const { message } = sent("kong.request.get_header", [value], messages.ByteString);
      assert.deepEqual([...message.v], [...typeof value === "string" ? utf8(value) : value]);
    }
  });

  test("are integers, and a maximum of 100 where none is given", () => {
    assert.equal(sent("kong.response.set_status", [418], messages.Int).message.v, 418);
    for (const [args, v] of [[[], 100], [[null], 100], [[7], 7], [[0], 0]] as const) {
      assert.equal(sent("kong.request.get_headers", args, messages.Int).message.v, v);
    }
  });

  test("are booleans, or left out", () => {
    for (
      const [args, v] of [[[], undefined], [[null], undefined], [[true], true], [
        [false],
        false,
      ]] as const
    ) {
      assert.equal(sent("kong.client.get_protocol", args, messages.Bool).message.v, v);
    }
  });

  test("are a name and a value of any kind, nil if it is left out", () => {
    const values: [value: unknown, travels: unknown][] = [
      [undefined, undefined],
      [null, undefined],
      ["text", "text"],
      [0, 0],
      [12n, 12],
      [true, true],
      [utf8("bytes"), "bytes"],
      [[1, ["a"]], [1, ["a"]]],
      [{ a: { b: 1 }, none: null, left: undefined }, { a: { b: 1 } }],
    ];
    for (const [value, travels] of values) {
      const { message } = sent("kong.ctx.shared.set", ["k", value], messages.KV);
      assert.deepEqual([message.k, plain(message.v)], ["k", travels]);
    }
  });

  test("that Kong would take for something else are refused, with the place", () => {
    const refused: [value: unknown, message: RegExp][] = [
      [false, /^ProtoBuf:1 cannot carry false$/],
      [{ a: [true, false] }, /^ProtoBuf:1 cannot carry false at \.a\[1\]$/],
      [{ a: { b: [null] } }, /^ProtoBuf:1 cannot carry null at \.a\.b\[0\]$/],
      [[undefined], /^ProtoBuf:1 cannot carry null at \[0\]$/],
    ];
    for (const [value, message] of refused) {
      assert.throws(() => encodeCall("kong.ctx.shared.set", ["k", value]), {
        code: "PDK_ARGUMENT",
        message,
      });
    }
  });

  test("of a wrong type are refused before anything is sent", () => {
    assert.throws(() => encodeCall("kong.response.set_status", ["teapot"]), {
      code: "PDK_ARGUMENT",
      message: /^its arguments cannot be sent: /,
    });
  });

  test("are a header, a boolean as text", () => {
    for (const [value, travels] of [["v", "v"], [7, 7], [true, "true"], [false, "false"]]) {
      for (const method of ["kong.response.set_header", "kong.service.request.add_header"]) {
        const { message } = sent(method, ["x-a", value], messages.KV);
        assert.deepEqual([message.k, plain(message.v)], ["x-a", travels]);
      }
    }
  });

  test("are headers by name, booleans as text", () => {
    const headers = { "x-a": ["1", "2"], "x-b": false, "x-c": 3, "x-d": undefined };
    const { message } = sent("kong.response.set_headers", [headers], messages.Struct);
    assert.deepEqual(plainStruct(message), { "x-a": ["1", "2"], "x-b": "false", "x-c": 3 });
  });

  test("are query arguments by name, without what is false", () => {
    const query = { a: "1", flag: true, off: false, many: ["x", false, true], none: [false] };
    const { message } = sent("kong.service.request.set_query", [query], messages.Struct);
    assert.deepEqual(plainStruct(message), { a: "1", flag: true, many: ["x", true], none: [] });
  });

  test("are a host and a port, and a body's bytes", () => {
    assert.deepEqual(sent("kong.service.set_target", ["h", 80], messages.Target).message, {
      host: "h",
      port: 80,
    });
    const body = Uint8Array.of(0, 0xff);
    const set = sent("kong.service.request.set_raw_body", [body], messages.ByteString);
    assert.deepEqual([...set.message.v], [0, 0xff]);
  });

  test("are a consumer to look up, by its id unless its name is asked for", () => {
    for (
      const [args, by_username] of [[["x"], false], [["x", false], false], [
        ["x", true],
        true,
      ]] as const
    ) {
      const { message } = sent("kong.client.load_consumer", args, messages.ConsumerSpec);
      assert.deepEqual(message, { id: "x", by_username });
    }
  });

  test("are fields of the log record, with no other way to set them than the default", () => {
    const method = "kong.log.set_serialize_value";
    for (const options of [[], [undefined], [{}], [{ mode: "set" }]]) {
      const { message } = sent(method, ["a.b", "v", ...options], messages.KV);
      assert.deepEqual([message.k, plain(message.v)], ["a.b", "v"]);
    }
    assert.throws(() => encodeCall(method, ["a", "v", { mode: "add" }]), ARGUMENT_REFUSED);
  });

  test("are no unit of memory but bytes", () => {
    const method = "kong.node.get_memory_stats";
    for (const unit of [[], ["b"], ["B"]]) {
      assert.equal(encodeCall(method, unit).messages[1].length, 0);
    }
    assert.throws(() => encodeCall(method, ["k"]), ARGUMENT_REFUSED);
  });
});

describe("whom a plugin authenticates", () => {
  const authenticate = (...args: unknown[]) =>
    sent("kong.client.authenticate", args, messages.AuthenticateArgs).message;

  test("is a consumer and a credential, with what their messages have room for", () => {
    const consumer = {
      id: "c1",
      created_at: 5,
      username: "alice",
      custom_id: "7",
      tags: ["t"],
      other: 1,
    };
    const { other: _, ...known } = consumer;
    assert.deepEqual(authenticate(consumer, { id: "k1", consumer_id: "c1", key: "secret" }), {
      consumer: known,
      credential: { id: "k1", consumer_id: "c1" },
    });
  });

  test("is one of them, or none", () => {
    const bare = {
      id: "c1",
      created_at: undefined,
      username: undefined,
      custom_id: undefined,
      tags: [],
    };
    const nulls = { id: "c1", created_at: null, username: null, custom_id: null, tags: null };
    assert.deepEqual(authenticate(nulls), { consumer: bare, credential: undefined });
    assert.deepEqual(authenticate(null, { id: "k1" }), {
      consumer: undefined,
      credential: { id: "k1", consumer_id: undefined },
    });
    assert.deepEqual(authenticate(), { consumer: undefined, credential: undefined });
  });

  test("is named by the credential's consumer, too", () => {
    const owned: [credential: object, consumer_id: string | undefined][] = [
      [{ consumer: { id: "c2" } }, "c2"],
      [{ consumer_id: "c1", consumer: { id: "c2" } }, "c1"],
      [{ consumer_id: null, consumer: { id: "c2" } }, "c2"],
      [{ consumer: null }, undefined],
      [{ consumer: {} }, undefined],
    ];
    for (const [credential, consumer_id] of owned) {
      assert.equal(
        authenticate(null, { id: "k", ...credential }).credential?.consumer_id,
        consumer_id,
      );
    }
  });
});

describe("what is logged", () => {
  const logged = (method: string, args: readonly unknown[], plugin?: string) => {
    const { asked, message } = sent(method, args, messages.ListValue, plugin);
    return [asked, message.values.map(plain)];
  };

  test("has the plugin's name before it, where that is known", () => {
    assert.deepEqual(logged("kong.log.err", ["a", 1]), ["kong.log.err", ["a", 1]]);
    assert.deepEqual(logged("kong.log.err", ["a"], "auth"), ["kong.log.err", ["[auth] ", "a"]]);
  });

  test("has false as a text, which would cut it short otherwise", () => {
    assert.deepEqual(logged("kong.log.info", ["a", false, true]), [
      "kong.log.info",
      ["a", "false", true],
    ]);
  });

  test("goes to the nearest level where Kong has no message", () => {
    assert.deepEqual(logged("kong.log", ["a"]), ["kong.log.notice", ["a"]]);
    assert.deepEqual(logged("kong.log.emerg", ["a"]), ["kong.log.alert", ["a"]]);
    assert.deepEqual(logged("kong.log.inspect", [{ a: 1 }, "b"], "p"), [
      "kong.log.debug",
      ["[p] ", "{ a: 1 } 'b'"],
    ]);
  });

  test("of a deprecation says after what, and until when", () => {
    const of = (...args: unknown[]) => {
      const [asked, values] = logged("kong.log.deprecation", args, "p");
      assert.equal(asked, "kong.log.warn");
      return (values as unknown[]).join("");
    };
    assert.equal(of("old"), "[p] old");
    assert.equal(of("old ", "way", {}), "[p] old way");
    assert.equal(of("old", { after: "3.0" }), "[p] old (deprecated after 3.0)");
    assert.equal(of("old", { removal: "4.0" }), "[p] old (scheduled for removal in 4.0)");
    assert.equal(
      of("old", { after: "3.0", removal: "4.0" }),
      "[p] old (deprecated after 3.0) (scheduled for removal in 4.0)",
    );
  });
});
