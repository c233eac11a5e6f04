// How many questions Kong is asked for the calls of a plugin, and that it answers as if each was asked.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import type { Handler, Plugin } from "../../../src/kong/engine/plugin.ts";
import { createKong, type Kong } from "../../../src/kong/pdk/kong.ts";
import { type CallWay, ObservedCaller } from "../../../src/kong/pdk/observed_caller.ts";
import { actedKong } from "../support/acted_kong.ts";
import { pluginOf, startEvent } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { type LuaFunctions, playMsgpack, playProtobuf } from "../support/lua_kong.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";

type Run = (kong: Kong) => unknown;
type Protocol = "MsgPack:1" | "ProtoBuf:1";
const PROTOCOLS: readonly Protocol[] = ["MsgPack:1", "ProtoBuf:1"];

const HEADERS = { "host": "h.test", "x-key": "k", "x-id": "7", "x-two": ["a", "b"], "x-no": "" };
const QUERY = { a: "1", flag: true, many: [true, "x"], empty: "" };

/** What Kong says of the request, whichever way it is asked. */
const answers: LuaFunctions = ({ method, args: [name] }) => {
  switch (method) {
    case "kong.request.get_headers":
      return HEADERS;
    case "kong.request.get_header": {
      const value = Object.entries(HEADERS).find(([key]) => key === String(name).toLowerCase());
      return value && [value[1]].flat()[0];
    }
    case "kong.request.get_query":
      return QUERY;
    case "kong.request.get_query_arg":
      return [new Map<string, unknown>(Object.entries(QUERY)).get(String(name))].flat()[0];
    case "kong.nginx.get_subsystem":
      return "http";
    case "kong.node.get_id":
      return "a node";
    default:
      return undefined;
  }
};

/** A server of one plugin that runs what a test says, and events of it. */
function servedPlugin(parts: Partial<Plugin> = {}) {
  let current: Run = () => {};
  const handler = (async (kong: Kong) => await current(kong)) as unknown as Handler;
  const phases: Phase[] = ["rewrite", "access", "response", "log", "preread"];
  const plugin = {
    ...pluginOf(handler),
    handlers: new Map(phases.map((phase) => [phase, handler] as const)),
    ...parts,
  };
  const { server, connect } = startServer([plugin]);
  const start = () => connect().start(plugin.name);
  return {
    server,
    start,
    /** Runs an event; gives what Kong was asked, as `method(arguments)`. */
    async asked(
      protocol: Protocol,
      instance: number,
      run: Run,
      { phase = "access", functions = answers }: { phase?: Phase; functions?: LuaFunctions } = {},
    ): Promise<string[]> {
      current = run;
      const calls = protocol === "MsgPack:1"
        ? await playMsgpack(connect(), instance, phase, functions)
        : await playProtobuf(new ProtobufClient(server), instance, phase, functions);
      return calls.map(({ method, args }) =>
        `${method.slice(5)}(${JSON.stringify(args).slice(1, -1)})`
      );
    },
  };
}

for (const protocol of PROTOCOLS) {
  describe(`over ${protocol}`, () => {
    let served: ReturnType<typeof servedPlugin>;
    before(() => void (served = servedPlugin()));
    after(() => served.server.close("the tests are over"));

    const max = protocol === "ProtoBuf:1" ? "100" : "";
    const guard: Run = async ({ request, service }) => {
      const key = await request.getHeader("X-Key");
      const id = await request.getHeader("x-id");
      const a = await request.getQueryArg("a");
      assert.deepEqual([key, id, a], ["k", "7", "1"]);
      service.request.setHeader("X-Consumer", "alice");
      service.request.setHeader("X-Count", 3);
      service.request.setHeader("X-Ok", true);
      await service.request.clearHeader("x-key");
    };

    test("a plugin of seven calls takes three round trips, once it is known", async () => {
      const instance = await served.start();
      const ok = protocol === "ProtoBuf:1" ? '"true"' : "true";
      const set =
        `service.request.set_headers({"X-Consumer":"alice","X-Count":3,"X-Ok":${ok},"x-key":[]})`;
      const arg = protocol === "ProtoBuf:1"
        ? "request.get_query(100)"
        : 'request.get_query_arg("a")';
      assert.deepEqual(await served.asked(protocol, instance, guard), [
        'request.get_header("X-Key")',
        'request.get_header("x-id")',
        arg,
        set,
      ]);
      for (let event = 0; event < 20; event++) {
        const asked = await served.asked(protocol, instance, guard);
        assert.deepEqual(asked, ["request.get_headers(100)", arg, set]);
      }
    });

    test("several query arguments are asked for as one, with Kong's own answers", async () => {
      const instance = await served.start();
      const run: Run = async ({ request }) => {
        const names = ["a", "flag", "many", "empty", "none", "constructor"];
        const values = await Promise.all(names.map((name) => request.getQueryArg(name)));
        assert.deepEqual(values, ["1", true, true, "", undefined, undefined]);
      };
      assert.equal((await served.asked(protocol, instance, run)).length, 6);
      assert.deepEqual(await served.asked(protocol, instance, run), [`request.get_query(${max})`]);
    });

    test("what only Kong knows is asked by itself, in its place", async () => {
      const instance = await served.start();
      const first: Run = ({ request }) =>
        Promise.all([request.getHeader("x-key"), request.getHeader("x-id")]);
      await served.asked(protocol, instance, first);
      const run: Run = async ({ request, service }) => {
        const two = request.getHeader("x-two");
        service.request.setHeader("x-two", "new");
        assert.equal(await two, "a");
      };
      assert.deepEqual(await served.asked(protocol, instance, run), [
        "request.get_headers(100)",
        'request.get_header("x-two")',
        'service.request.set_header("x-two","new")',
      ]);
      // That was of no use, and is not done again.
      assert.deepEqual(await served.asked(protocol, instance, guard), [
        'request.get_header("X-Key")',
        'request.get_header("x-id")',
        protocol === "ProtoBuf:1" ? "request.get_query(100)" : 'request.get_query_arg("a")',
        (await served.asked(protocol, instance, guard)).at(-1),
      ]);
    });

    const wholes: [string, Record<string, unknown>, boolean][] = [
      ["all of them are there", { "x-a": "1", "x-b": "2" }, true],
      [
        "there may be more",
        Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`h${n}`, ""])),
        false,
      ],
      ["a name has an underscore", { "x_a": "1" }, false],
    ];
    for (const [title, headers, isAll] of wholes) {
      test(`a header that is not there is asked for by itself, unless ${title}`, async () => {
        const functions: LuaFunctions = ({ method }) =>
          method.endsWith("s") ? headers : "from Kong";
        const instance = await served.start();
        const values: unknown[] = [];
        const run: Run = async ({ request }) => {
          await request.getHeader("x-a");
          values.push(await request.getHeader("x-z"));
        };
        await served.asked(protocol, instance, run, { functions });
        const asked = await served.asked(protocol, instance, run, { functions });
        assert.equal(asked[0], "request.get_headers(100)");
        assert.equal(asked.includes('request.get_header("x-z")'), !isAll);
        assert.deepEqual(values, ["from Kong", isAll ? undefined : "from Kong"]);
      });
    }

    test("large headers are not asked for as one again", async () => {
      const functions: LuaFunctions = ({ method }) =>
        method.endsWith("s") ? { "x-a": "a".repeat(9000), "x-b": "b" } : "one";
      const instance = await served.start();
      const run: Run = ({ request }) =>
        Promise.all([request.getHeader("x-a"), request.getHeader("x-b")]);
      const counts: number[] = [];
      for (let event = 0; event < 5; event++) {
        counts.push((await served.asked(protocol, instance, run, { functions })).length);
      }
      assert.deepEqual(counts, [2, 1, 2, 2, 2]);
    });

    test("a handler that has come to ask for one header is asked as it asks", async () => {
      const instance = await served.start();
      const one: Run = ({ request }) => request.getHeader("x-key");
      const two: Run = ({ request }) =>
        Promise.all([request.getHeader("x-key"), request.getHeader("x-id")]);
      await served.asked(protocol, instance, two);
      const asked: string[] = [];
      for (let event = 0; event < 12; event++) {
        asked.push(...await served.asked(protocol, instance, one));
      }
      assert.equal(asked.at(-1), 'request.get_header("X-Key")'.toLowerCase());
      // Other phases and instances have habits of their own.
      await served.asked(protocol, instance, two);
      const rewrite = await served.asked(protocol, instance, two, { phase: "rewrite" });
      assert.equal(rewrite.length, 2);
      const another = await served.asked(protocol, await served.start(), two);
      assert.equal(another.length, 2);
    });

    test("what the plugin itself sets is asked for anew", async () => {
      const instance = await served.start();
      let key = "old";
      const functions: LuaFunctions = ({ method, args }) => {
        if (method === "kong.service.request.set_header") key = String(args[1]);
        if (method === "kong.request.get_headers") return { "x-key": key, "x-id": "7" };
        return args[0] === "x-key" ? key : "7";
      };
      const seen: unknown[] = [];
      const run: Run = async ({ request, service }) => {
        seen.push(await request.getHeader("x-key"), await request.getHeader("x-id"));
        service.request.setHeader("x-key", "new");
        seen.push(await request.getHeader("x-key"), await request.getHeader("x-id"));
        key = "old";
      };
      for (let event = 0; event < 3; event++) {
        await served.asked(protocol, instance, run, { functions });
      }
      assert.deepEqual(seen, Array.from({ length: 3 }, () => ["old", "7", "new", "7"]).flat());
    });

    test("a node's id is asked once for an instance, the subsystem never", async () => {
      const instance = await served.start();
      const run: Run = async ({ node, nginx }) => {
        assert.equal(await node.getId(), "a node");
        assert.equal(await nginx.getSubsystem(), "http");
      };
      assert.deepEqual(await served.asked(protocol, instance, run), ["node.get_id()"]);
      assert.deepEqual(await served.asked(protocol, instance, run), []);
      const another = await served.start();
      assert.deepEqual(await served.asked(protocol, another, run), ["node.get_id()"]);
      const inLog = await served.asked(protocol, instance, run, { phase: "log" });
      assert.deepEqual(inLog, ["nginx.get_subsystem()"]);
    });
  });
}

describe("with cache: false", () => {
  const served = servedPlugin({ cache: false });
  after(() => served.server.close("the tests are over"));

  for (const protocol of PROTOCOLS) {
    test(`every call is a round trip over ${protocol}`, async () => {
      const instance = await served.start();
      const run: Run = async ({ request, service, node, nginx }) => {
        for (const name of ["x-key", "x-id", "x-key"]) await request.getHeader(name);
        await Promise.all([node.getId(), nginx.getSubsystem()]);
        service.request.setHeader("a", "1");
        service.request.setHeader("b", "2");
        await service.request.clearHeader("c");
      };
      for (let event = 0; event < 3; event++) {
        assert.equal((await served.asked(protocol, instance, run)).length, 8);
      }
    });
  }
});

describe("setters that wait together", () => {
  const served = servedPlugin();
  after(() => served.server.close("the tests are over"));
  const set = async (run: Run, phase: Phase = "access") =>
    await served.asked("MsgPack:1", await served.start(), run, { phase });

  test("go out at once if each is awaited", async () => {
    const asked = await set(async ({ response }) => {
      await response.setHeader("a", "1");
      await response.setHeader("b", "2");
      await response.clearHeader("c");
    });
    assert.deepEqual(asked, [
      'response.set_header("a","1")',
      'response.set_header("b","2")',
      'response.clear_header("c")',
    ]);
  });

  test("go out with what was called before and behind them, in order", async () => {
    const asked = await set(async ({ response, service, log }) => {
      response.setStatus(201);
      response.setHeader("a", "1");
      response.setHeader("b", "2");
      service.request.setHeader("c", "3");
      service.request.clearHeader("d");
      log.notice("then");
      response.setHeader("e", "5");
      await response.addHeader("f", "6");
    });
    assert.deepEqual(asked, [
      "response.set_status(201)",
      'response.set_headers({"a":"1","b":"2"})',
      'service.request.set_headers({"c":"3","d":[]})',
      'log.notice("then")',
      'response.set_header("e","5")',
      'response.add_header("f","6")',
    ]);
  });

  test("go out with those that set several", async () => {
    const asked = await set(({ service, response }) => {
      service.request.clearHeader("a");
      service.request.setHeaders({ b: "2", c: ["3", "4"], none: undefined });
      service.request.setHeader("d", "5");
      service.request.setHeaders({ D: "6" });
      response.setHeaders({ e: "7" });
      response.setHeaders({ host: "8" });
      response.setHeaders({ f: "9", F: "10" });
    });
    assert.deepEqual(asked, [
      'service.request.set_headers({"a":[],"b":"2","c":["3","4"],"d":"5"})',
      'service.request.set_headers({"D":"6"})',
      'response.set_headers({"e":"7"})',
      'response.set_headers({"host":"8"})',
      'response.set_headers({"f":"9","F":"10"})',
    ]);
  });

  test("go out one by one where set_headers does something else", async () => {
    const asked = await set(({ response, service }) => {
      response.setHeader("x-a", "1");
      response.setHeader("X-A", "2");
      response.setHeader("x-b", ["3", "4"]);
      response.setHeader("x_c", "5");
      response.setHeader("Transfer-Encoding", "chunked");
      service.request.setHeader("Host", "h.test");
      service.request.setHeader(":authority", "h.test");
      service.request.setHeader("__proto__", "6");
      service.request.setHeader("7", "7");
      service.request.setHeader("x-d", "8");
    });
    assert.ok(asked.every((call) => /\.set_header\(/.test(call)), asked.join("\n"));
    assert.equal(asked.length, 10);
  });

  test("go out before what ends the request", async () => {
    const asked = await set(({ response }) => {
      response.setHeader("a", "1");
      response.setHeader("b", "2");
      response.exit(403);
    });
    assert.equal(asked[0], 'response.set_headers({"a":"1","b":"2"})');
    assert.match(asked[1]!, /^response\.exit\(403/);
    assert.equal(asked.length, 2);
  });

  for (const kind of ["a handler that returns", "a handler that throws"]) {
    test(`go out before ${kind} at once ends`, async () => {
      const { turn, event, answer } = startEvent((gateway: Event) => {
        const { response } = createKong(gateway);
        response.setHeader("a", "1");
        response.setHeader("b", "2");
        if (kind.endsWith("throws")) throw new Error("no");
      });
      const args = [{ a: "1", b: "2" }];
      assert.deepEqual(await turn(), { kind: "call", method: "kong.response.set_headers", args });
      const end = await answer(event, undefined);
      assert.equal(end.kind, kind.endsWith("throws") ? "last-call" : "return");
    });
  }

  test("fail each by itself, if they fail", async () => {
    const heard: string[] = [];
    const { turn, event, answer, refuse } = startEvent(async (gateway: Event) => {
      const { response } = createKong(gateway);
      const calls = [
        response.setHeader("a", "1"),
        response.setHeader("b", "2"),
        response.clearHeader("c"),
      ];
      for (const result of await Promise.allSettled(calls)) {
        heard.push(result.status === "rejected" ? result.reason.message : result.status);
      }
    });
    assert.equal((await turn() as { method: string }).method, "kong.response.set_headers");
    const call = (name: string, ...args: unknown[]) => ({
      kind: "call",
      method: `kong.response.${name}`,
      args,
    });
    assert.deepEqual(await refuse(event, "no"), call("set_header", "a", "1"));
    assert.deepEqual(await answer(event, undefined), call("set_header", "b", "2"));
    assert.deepEqual(await refuse(event, "bad b"), call("clear_header", "c"));
    assert.deepEqual(await answer(event, undefined), { kind: "return" });
    assert.deepEqual(heard, ["fulfilled", "kong.response.set_header: bad b", "fulfilled"]);
  });

  test("fail with their event", async () => {
    const heard: unknown[] = [];
    const { turn, event } = startEvent(async (gateway: Event) => {
      const { response } = createKong(gateway);
      const calls = [response.setHeader("a", "1"), response.setHeader("b", "2")];
      for (const result of await Promise.allSettled(calls)) heard.push(result.status);
    });
    await turn();
    event.abandon("the gateway left");
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual(heard, ["rejected", "rejected"]);
  });

  test("go out as many at a time as there is room for", async () => {
    const asked = await set(async ({ response }) => {
      const names = Array.from({ length: 130 }, (_, at) => `x-${at}`);
      await Promise.all(names.map((name) => response.setHeader(name, "1")));
    });
    const counts = asked.map((call) => call.split(":").length - 1);
    assert.deepEqual(counts, [64, 64, 2]);
  });
});

describe("in the acted-out Kong one call for all does what the single ones do", () => {
  test("clearing included", async () => {
    const request = {
      headers: [["X-Key", "k"], ["X-Key", "l"], ["X-Id", "7"]] as [string, string][],
    };
    const one = actedKong({ headers: request.headers } as never);
    const all = actedKong({ headers: request.headers } as never);
    await one.call("service.request.set_header", "X-Id", 8);
    await one.call("service.request.clear_header", "x-key");
    await all.call("service.request.set_headers", { "X-Id": 8, "x-key": [] });
    const linesOf = (kong: typeof one) => JSON.stringify([...kong.exchange.headers.toTable(100)]);
    assert.equal(linesOf(all), linesOf(one));
    assert.ok(!linesOf(all).includes("x-key"), linesOf(all));
  });
});

test("whoever watches is told which calls were round trips", async () => {
  const ways: [string, CallWay][] = [];
  const watched = (gateway: Event) =>
    createKong(
      gateway,
      new ObservedCaller(gateway, {
        called: ({ method, way }) => {
          const place = ways.push([method.slice(5), way]) - 1;
          return (outcome) => {
            if (outcome && "way" in outcome && outcome.way) ways[place]![1] = outcome.way;
          };
        },
      }),
    );
  const { turn, event, answer } = startEvent(async (gateway: Event) => {
    const { response, request } = watched(gateway);
    await Promise.all([response.setHeader("a", "1"), response.setHeader("b", "2")]);
    await request.getMethod();
    await request.getMethod();
  });
  await turn();
  await answer(event, undefined);
  assert.deepEqual(await answer(event, "GET"), { kind: "return" });
  assert.deepEqual(ways, [
    ["response.set_header", "round-trip"],
    ["response.set_header", "joined"],
    ["request.get_method", "round-trip"],
    ["request.get_method", "remembered"],
  ]);
  assert.equal(event.roundTrips, 2);
});
