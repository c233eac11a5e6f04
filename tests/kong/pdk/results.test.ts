// Results of PDK calls, from the bytes that Kong sent to what a plugin gets.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { createKong, type Kong } from "../../../src/kong/pdk/kong.ts";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import { decode } from "../../../src/wire/msgpack/codec.ts";
import { recordingEvent } from "../support/pdk.ts";
import { readRecordings } from "../support/recordings.ts";

/** Results of a method in a recording, in order, decoded from Kong's bytes. */
function recordedResults(set: string, name: string, method: string): unknown[] {
  const recording = readRecordings(set).find((each) => each.name === name);
  assert.ok(recording, `there is no recording ${name}`);
  const results: unknown[] = [];
  let asked: unknown;
  for (const { dir, hex = "", decoded } of recording.frames) {
    if (dir === "server->kong") {
      asked = (decoded as { Data?: { Method?: string } }[])[3]?.Data?.Method;
    } else if (dir === "kong->server" && asked === method) {
      const [, , , [argument] = []] = decode(Buffer.from(hex, "hex")) as [0, 0, 0, { Data: 0 }[]];
      results.push(argument?.Data);
    }
  }
  assert.ok(results.length > 0, `${name} has no ${method}`);
  return results;
}

/** What a plugin gets where Kong's answer is `result`. */
function got<Result>(result: unknown, call: (kong: Kong) => Promise<Result>, phase?: Phase) {
  return call(createKong(recordingEvent(phase, () => result)));
}

describe("headers and query arguments", () => {
  test("are lists of values by name, as Kong sends them", async () => {
    const [headers] = recordedResults("msgpack-3.9", "05a-headers", "kong.request.get_headers");
    assert.deepEqual(await got(headers, (kong) => kong.request.getHeaders()), {
      host: ["example.test"],
      cookie: ["a=1; b=2"],
      x_under: ["u"],
      connection: ["close"],
      "x-one": ["1"],
      "x-rep": ["a", "b", "c"],
      "x-empty": [""],
      "x-utf8": ["ž"],
      "x-bad": ["\ufffd\ufffd"],
    });
  });

  test("are an empty object where there are none, whichever way that came", async () => {
    for (const none of [[], {}, undefined]) {
      assert.deepEqual(await got(none, (kong) => kong.request.getHeaders()), {});
      assert.deepEqual(await got(none, (kong) => kong.request.getQuery()), {});
      assert.deepEqual(await got(none, (kong) => kong.response.getHeaders(), "response"), {});
    }
  });

  test("are lists also where a gateway sends one value as it is", async () => {
    const query = { a: "1", flag: true, many: ["x", true] };
    assert.deepEqual(await got(query, (kong) => kong.request.getQuery()), {
      a: ["1"],
      flag: [true],
      many: ["x", true],
    });
  });

  test("are true where an argument has no value, alone or among others", async () => {
    for (const set of ["msgpack-3.9", "msgpack-2.8"]) {
      const [all] = recordedResults(set, "06a-query", "kong.request.get_query");
      const query = await got(all, (kong) => kong.request.getQuery());
      assert.deepEqual(query.flag, [true]);
      assert.deepEqual(query.mix, ["1", true]);
      assert.deepEqual(query.empty, [""]);
      assert.deepEqual(query.a, ["1", "2"]);
      assert.equal(query.none, undefined);
    }
  });
});

describe("captures of a route's path", () => {
  const captures = (result: unknown) => got(result, (kong) => kong.request.getUriCaptures());

  test("are groups by number and by name, as Kong sends them", async () => {
    const recorded = recordedResults(
      "msgpack-3.9",
      "08d-uri-captures",
      "kong.request.get_uri_captures",
    );
    for (const result of recorded) {
      assert.deepEqual(await captures(result), {
        unnamed: ["/u/7/x", "7", "x"],
        named: { id: "7", rest: "x" },
      });
    }
  });

  test("have the same numbers where the whole match is not among them", async () => {
    const result = { unnamed: ["7", "x"], named: { id: "7" } };
    assert.deepEqual(await captures(result), { unnamed: ["", "7", "x"], named: { id: "7" } });
  });

  test("are empty where a group took no part, or nothing was captured", async () => {
    const partly = { unnamed: { 0: "/a", 2: "b" }, named: { one: false, two: "b" } };
    assert.deepEqual(await captures(partly), { unnamed: ["/a", "", "b"], named: { two: "b" } });
    for (const none of [{ unnamed: [], named: [] }, { unnamed: {}, named: {} }, [], undefined]) {
      assert.deepEqual(await captures(none), { unnamed: [], named: {} });
    }
  });
});

describe("entities", () => {
  const all = "08-entities";
  const set = "msgpack-3.9";

  test("come as Kong has them", async () => {
    const [route] = recordedResults(set, all, "kong.router.get_route");
    const gotten = await got(route, (kong) => kong.router.getRoute());
    assert.equal(gotten?.name, "r1");
    assert.deepEqual(gotten?.headers, { "x-a": ["1", "2"] });
    assert.deepEqual(gotten?.paths, ["/", "~/re/(?<id>\\d+)$"]);
    const [service] = recordedResults(set, all, "kong.router.get_service");
    assert.equal((await got(service, (kong) => kong.router.getService()))?.read_timeout, 60_000);
    const [consumer] = recordedResults(set, all, "kong.client.get_consumer");
    assert.equal((await got(consumer, (kong) => kong.client.getConsumer()))?.username, "alice");
    const [credential] = recordedResults(set, all, "kong.client.get_credential");
    assert.equal((await got(credential, (kong) => kong.client.getCredential()))?.key, "s3cr3t");
  });

  test("are undefined where there is none", async () => {
    const none = "08b-entities-nil";
    const [route] = recordedResults(set, none, "kong.router.get_route");
    assert.equal(await got(route, (kong) => kong.router.getRoute()), undefined);
    const [consumer] = recordedResults(set, none, "kong.client.load_consumer");
    const load = (kong: Kong) => kong.client.loadConsumer("nobody", true);
    assert.equal(await got(consumer, load), undefined);
  });

  test("have null for what is not set, and empty tables of the right kind", async () => {
    const [route] = recordedResults(set, "08c-entities-null-fields", "kong.router.get_route");
    assert.deepEqual(await got(route, (kong) => kong.router.getRoute()), {
      id: "r",
      service: null,
      methods: [],
      headers: {},
      tags: null,
      name: null,
    });
    const other = { id: "r", methods: {}, headers: {} };
    assert.deepEqual(await got(other, (kong) => kong.router.getRoute()), {
      id: "r",
      methods: [],
      headers: {},
    });
  });

  test("include memory statistics, as numbers or with a unit", async () => {
    const recorded = recordedResults(set, all, "kong.node.get_memory_stats");
    const bytes = await got(recorded[0], (kong) => kong.node.getMemoryStats());
    assert.equal(bytes.lua_shared_dicts.kong?.capacity, 5_242_880);
    assert.equal(bytes.workers_lua_vms[1]?.pid, 4243);
    const kib = await got(recorded[1], (kong) => kong.node.getMemoryStats("k", 2));
    assert.equal(kib.workers_lua_vms[0]?.http_allocated_gc, "12345.50 KiB");
    const none = { lua_shared_dicts: [], workers_lua_vms: {} };
    assert.deepEqual(await got(none, (kong) => kong.node.getMemoryStats()), {
      lua_shared_dicts: {},
      workers_lua_vms: [],
    });
  });

  test("include the parts of a vault reference", async () => {
    const parse = (kong: Kong) => kong.vault.parseReference("{vault://env/key}");
    const parts = { name: "env", resource: "key", config: [] };
    assert.deepEqual(await got(parts, parse), { name: "env", resource: "key", config: {} });
    assert.equal(await got(undefined, parse), undefined);
    assert.deepEqual(await got([], (kong) => kong.vault.update({})), {});
  });
});

describe("bodies", () => {
  test("are bytes, from Kong 3's bin and from Kong 2's text", async () => {
    for (const set of ["msgpack-3.9", "msgpack-2.8"]) {
      for (const result of recordedResults(set, "07a-raw-body", "kong.request.get_raw_body")) {
        const body = await got(result, (kong) => kong.request.getRawBody());
        assert.ok(body instanceof Uint8Array);
        const text = await got(result, (kong) => kong.request.getRawBodyText());
        assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body), text);
      }
    }
  });

  test("are undefined where there is none", async () => {
    assert.equal(await got(undefined, (kong) => kong.request.getRawBody()), undefined);
    assert.equal(await got(undefined, (kong) => kong.request.getRawBodyText()), undefined);
  });

  test("keep a byte order mark as text", async () => {
    const marked = new TextEncoder().encode("\ufeffx");
    assert.equal(await got(marked, (kong) => kong.request.getRawBodyText()), "\ufeffx");
  });
});

describe("the log record", () => {
  test("is parsed from Kong's JSON", async () => {
    const [text] = recordedResults("msgpack-3.9", "17-phases", "kong.log.serialize");
    const record = await got(text, (kong) => kong.log.serialize(), "log");
    assert.equal(record.client_ip, "127.0.0.1");
    assert.equal(record.request?.uri, "/x?y=1");
  });

  test("fails with an error where the JSON is broken", async () => {
    const broken = got('{"a":', (kong) => kong.log.serialize(), "log");
    await assert.rejects(broken, { code: "PDK_FAILED" });
  });
});
