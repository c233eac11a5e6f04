// Calls that Kong would not answer: refused before anything is sent.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { type Phase, PHASES } from "../../../src/kong/engine/phases.ts";
import { PDK_FUNCTIONS, type PdkFunction } from "../../../src/kong/pdk/functions.ts";
import { createKong, type Kong } from "../../../src/kong/pdk/kong.ts";
import { camelCase, functionAt, recordingEvent } from "../support/pdk.ts";
import { SAMPLES } from "../support/pdk_samples.ts";

/** What a call is refused with; nothing may have been sent. */
async function refusal(phase: Phase, path: string, args: readonly unknown[]): Promise<GibbonError> {
  const event = recordingEvent(phase);
  try {
    await functionAt(createKong(event), path)(...args);
  } catch (error) {
    assert.ok(error instanceof GibbonError, `${path}: ${error}`);
    assert.deepEqual(event.asked, []);
    return error;
  }
  assert.fail(`${path}(${JSON.stringify(args)}) was sent`);
}

/** The arguments that a call sends. */
async function sent(phase: Phase, path: string, args: readonly unknown[]) {
  const event = recordingEvent(phase);
  try {
    await functionAt(createKong(event), path)(...args);
  } catch (error) {
    if (!(error instanceof RequestEnded)) throw error;
  }
  return event.asked[0]?.args;
}

describe("a call in the wrong phase", () => {
  test("is refused for every function in every phase in which Kong raises", async () => {
    let refused = 0;
    for (const [name, { phases }] of Object.entries<PdkFunction>(PDK_FUNCTIONS)) {
      const path = name.split(".").map(camelCase).join(".");
      for (const phase of PHASES.filter((phase) => !phases.includes(phase))) {
        const error = await refusal(phase, path, SAMPLES[name]?.args ?? []);
        assert.equal(error.code, "PDK_PHASE", `${path} in ${phase}`);
        refused++;
      }
    }
    assert.ok(refused > 200, `${refused}`);
  });

  test("says who called what and where it can be called", async () => {
    const error = await refusal("log", "kong.request.getMethod", []);
    assert.equal(error.message, "kong.request.get_method cannot be called in log");
    assert.equal(error.plugin, "under-test");
    assert.equal(error.phase, "log");
    assert.equal(
      error.remedy,
      "Call it in rewrite, access or response and keep the result in kong.ctx.shared.",
    );
    const exit = await refusal("certificate", "kong.response.exit", [403]);
    assert.equal(exit.remedy, "Call it in rewrite, access, response or preread.");
  });

  test("throws at once where the call would have ended the request", () => {
    const kong = createKong(recordingEvent("certificate"));
    assert.throws(() => kong.response.exit(403), { code: "PDK_PHASE" });
    assert.throws(() => createKong(recordingEvent()).response.exit(Number.NaN), {
      code: "PDK_ARGUMENT",
    });
  });

  test("rejects, and does not throw, in all other cases", async () => {
    const promise = createKong(recordingEvent("log")).request.getMethod();
    await assert.rejects(promise, { code: "PDK_PHASE" });
  });
});

describe("wrong arguments", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  let deep: unknown = 1;
  for (let level = 0; level < 33; level++) deep = [deep];
  const cases: [path: string, args: unknown[], message: RegExp][] = [
    ["kong.request.getHeader", [], /get_header: name is missing$/],
    ["kong.request.getHeader", [null], /name is missing$/],
    ["kong.request.getHeader", [7], /name must be a string, not 7$/],
    ["kong.request.getHeader", [["a"]], /name must be a string, not an array$/],
    ["kong.request.getHeader", [Promise.resolve("x")], /not a Promise \(await it first\)$/],
    ["kong.request.getQuery", [0], /max_args must be an integer from 1 to 1000, not 0$/],
    ["kong.request.getQuery", [1001], /not 1001$/],
    ["kong.request.getHeaders", ["10"], /max_headers must be an integer .*, not a string$/],
    ["kong.request.getRawBody", [-1], /max_allowed_file_size must be an integer/],
    ["kong.request.getBody", [undefined, 10], /mimetype cannot be left out/],
    ["kong.response.setStatus", ["200"], /status must be an integer from 100 to 599/],
    ["kong.response.setStatus", [600], /not 600$/],
    ["kong.response.setStatus", [200.5], /not 200\.5$/],
    ["kong.response.setStatus", [Number.NaN], /not NaN$/],
    ["kong.response.setHeader", ["x"], /value is missing$/],
    ["kong.response.setHeader", ["x", { a: 1 }], /value must be a string, .*, not an object$/],
    ["kong.response.setHeader", ["x", ["a", 1]], /or an array of strings, not an array$/],
    ["kong.response.setHeader", [Symbol("x"), "v"], /name must be a string, not a symbol$/],
    [
      "kong.response.setHeaders",
      [new Map()],
      /must be a plain object, not .* class Map \(Object\.from/,
    ],
    ["kong.response.setHeaders", [["x"]], /must be a plain object, not an array$/],
    ["kong.response.setHeaders", [{ a: "1", b: {} }], /has an entry "b" that must be/],
    ["kong.response.exit", [99], /status must be/],
    ["kong.response.exit", [200, 42], /body must be a string, bytes, an object or an array/],
    ["kong.response.exit", [200, { n: Infinity }], /there is Infinity at \.n$/],
    ["kong.response.exit", [200, { a: [new Set()] }], /class Set \(\[\.\.\.set\]\) at \.a\.0$/],
    [
      "kong.response.exit",
      [200, new Map()],
      /body must be .*, not a value of class Map \(Object\.fromEntries\(map\)\)$/,
    ],
    ["kong.response.error", [399], /status must be an integer from 400 to 599/],
    ["kong.response.error", [500, undefined, { a: "b" }], /message cannot be left out/],
    ["kong.service.setTarget", ["h", 65536], /port must be an integer from 0 to 65535/],
    ["kong.service.setTarget", ["h"], /port is missing$/],
    ["kong.service.setTimeouts", [1, 2], /read_timeout is missing$/],
    ["kong.service.setTimeouts", [0, 2, 3], /connect_timeout must be/],
    ["kong.service.setTlsVerify", [1], /on must be true or false, not 1$/],
    ["kong.service.request.setMethod", ["get"], /method must be one of GET, .*, not "get"$/],
    ["kong.service.request.setScheme", ["ftp"], /one of http, https, not "ftp"$/],
    ["kong.service.request.setScheme", [new Uint8Array(1)], /one of http, https, not a value of/],
    ["kong.service.request.setPath", ["x"], /path must be a string that starts with \//],
    ["kong.service.request.setQuery", [{ a: { b: 1 } }], /has an entry "a" that must be/],
    ["kong.service.request.setRawBody", [{ a: 1 }], /body must be a string or bytes/],
    ["kong.service.request.setBody", [{ a: 1 }, "text/plain"], /mimetype must be/],
    ["kong.service.request.setBody", ["a=1"], /args must be an object or an array/],
    ["kong.ctx.shared.set", ["k", () => 1], /v cannot be sent to the gateway: there is a function/],
    ["kong.ctx.shared.set", ["k", 2n ** 64n], /an integer of more than 64 bits$/],
    ["kong.ctx.shared.set", ["k", circle], /there is an object within itself at \.self$/],
    ["kong.ctx.shared.set", ["k", deep], /nested deeper than 32 levels$/],
    ["kong.ctx.shared.set", ["k", Symbol("x")], /there is a symbol$/],
    ["kong.client.authenticate", [], /consumer and credential are missing$/],
    ["kong.client.authenticate", [undefined, { id: "k" }], /consumer cannot be left out/],
    ["kong.client.authenticate", ["alice"], /consumer must be an object or an array/],
    ["kong.client.loadConsumer", ["alice"], /must be a UUID where search_by_username is not true/],
    ["kong.client.tls.setClientVerify", ["FAILED"], /v must be SUCCESS, NONE or FAILED:reason/],
    ["kong.log.setSerializeValue", ["k", undefined, { mode: "add" }], /value cannot be left out/],
    ["kong.log.setSerializeValue", ["k", 1, { mode: "no" }], /a mode that must be one of set, add/],
    ["kong.node.getMemoryStats", ["t"], /unit must be one of/],
  ];
  const PHASE_OF: Readonly<Record<string, Phase>> = {
    "kong.client.tls.setClientVerify": "rewrite",
  };

  for (const [path, args, message] of cases) {
    test(`are refused: ${path}, ${message.source}`, async () => {
      const error = await refusal(PHASE_OF[path] ?? "access", path, args);
      assert.equal(error.code, "PDK_ARGUMENT");
      assert.match(error.message, message);
      assert.equal(error.plugin, "under-test");
      assert.ok(error.remedy);
    });
  }

  test("are those for statuses too with which a stream cannot end", async () => {
    const error = await refusal("preread", "kong.response.exit", [404]);
    assert.match(error.message, /status must be one of 200, 400, 403, 500, 502, 503 in preread/);
    assert.deepEqual(await sent("preread", "kong.response.exit", [403]), [403]);
  });
});

describe("arguments that are left out", () => {
  const cases: [path: string, args: unknown[], sent: unknown[]][] = [
    ["kong.response.exit", [204], [204]],
    ["kong.response.exit", [204, undefined, undefined], [204]],
    ["kong.response.exit", [403, undefined, { a: "b" }], [403, "", { a: "b" }]],
    ["kong.response.exit", [403, null, { a: "b" }], [403, "", { a: "b" }]],
    ["kong.response.error", [500, undefined], [500]],
    ["kong.request.getHeaders", [undefined], []],
    ["kong.request.getRawBody", [0], [0]],
    ["kong.request.getBody", [], []],
    ["kong.request.getBody", ["text/x", undefined, 5], ["text/x", 100, 5]],
    ["kong.node.getMemoryStats", [undefined, 1], ["b", 1]],
    ["kong.ctx.shared.set", ["k", undefined], ["k"]],
    ["kong.ctx.shared.set", ["k", null], ["k"]],
    ["kong.telemetry.log", ["p", {}, "t", undefined, { a: 1 }], ["p", {}, "t", "", { a: 1 }]],
    ["kong.client.authenticate", [{ id: "c" }, undefined], [{ id: "c" }]],
    ["kong.client.loadConsumer", ["alice", true], ["alice", true]],
    ["kong.log.setSerializeValue", ["k", undefined], ["k"]],
  ];
  for (const [path, args, expected] of cases) {
    test(`leave no hole: ${path}(${JSON.stringify(args).slice(1, -1)})`, async () => {
      assert.deepEqual(await sent("access", path, args), expected);
    });
  }

  test("do not matter inside of tables, and neither do objects without a prototype", async () => {
    const bare = Object.assign(Object.create(null), { a: undefined, b: null, c: 2n ** 63n });
    assert.deepEqual(await sent("access", "kong.ctx.shared.set", ["k", bare]), ["k", bare]);
    const headers = { "x-a": undefined, "x-b": "1" };
    assert.deepEqual(await sent("access", "kong.response.setHeaders", [headers]), [headers]);
  });
});

describe("bytes", () => {
  test("are sent wherever Kong takes a string", async () => {
    const value = new Uint8Array([0xe9]);
    assert.deepEqual(await sent("access", "kong.response.setHeader", ["x", value]), ["x", value]);
    assert.deepEqual(await sent("access", "kong.response.exit", [200, value]), [200, value]);
  });
});

describe("functions that do nothing in a phase", () => {
  test("are let through: a plugin may rely on it", async () => {
    const calls: ((kong: Kong) => Promise<unknown>)[] = [
      (kong) => kong.nginx.getTls1VersionStr(),
      (kong) => kong.nginx.setCtx("k", 1),
      (kong) => kong.log.setSerializeValue("k", 1),
      (kong) => kong.client.tls.getFullClientCertificateChain(),
    ];
    for (const call of calls) {
      const event = recordingEvent("log");
      assert.equal(await call(createKong(event)), undefined);
      assert.equal(event.asked.length, 1);
    }
  });
});
