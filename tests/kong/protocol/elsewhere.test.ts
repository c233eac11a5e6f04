// Steps for events that this process does not have: where they go, and what comes of those that nobody has.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cluster, ForwardedAnswer, Neighbours } from "../../../src/kong/protocol/cluster.ts";
import type { KongServerOptions } from "../../../src/kong/protocol/server.ts";
import type { Request } from "../../../src/kong/protocol/msgpack/messages.ts";
import { decode, encode } from "../../../src/wire/msgpack/codec.ts";
import { GibbonError } from "../../../src/base/errors.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { stopsRequest } from "../support/rpc_client.ts";

type Forward = Cluster["forward"];
type PassOn = Neighbours["passOn"];

/** A server with an event under way, and what is asked of others. */
async function serve(elsewhere: { forward?: Forward; passOn?: PassOn }) {
  const dropped: string[] = [];
  const own: Pick<KongServerOptions, "cluster" | "neighbours"> = {
    ...(elsewhere.forward && {
      cluster: {
        startInstance: () => Promise.reject(new Error("not asked for")),
        closeInstance: () => Promise.resolve(),
        setPluginDir: () => Promise.resolve(),
        forward: elsewhere.forward,
        dropForsaken: () => void dropped.push("workers"),
      },
    }),
    ...(elsewhere.passOn && {
      neighbours: {
        passOn: elsewhere.passOn,
        dropForsaken: () => void dropped.push("servers"),
      },
    }),
  };
  const plugins = [pluginOf(() => new Promise(() => {}), { name: "silent" })];
  const started = startServer(plugins, own as Parameters<typeof startServer>[1]);
  const { server } = started;
  const { id } = await server.adoptInstance("silent", "{}");
  const event = server.handleEvent(id, "access", { gone: false, take() {} })!;
  return { ...started, event, dropped };
}

const STEP_METHODS = ["plugin.Step", "plugin.StepError", "plugin.StepRoute"];

describe("a step for an event of another worker", () => {
  test("goes there as it came, and the answer comes back", async () => {
    const asked: unknown[] = [];
    const forward: Forward = (eventId, request, answer) => {
      asked.push([eventId, decode(request)]);
      answer.result({ EventId: eventId, Data: "ret" });
      return Promise.resolve();
    };
    const { server, connect } = await serve({ forward });
    for (const method of STEP_METHODS) {
      const result = await connect().result(method, { EventId: 4711, Data: "x" });
      assert.deepEqual(result, { EventId: 4711, Data: "ret" });
      assert.deepEqual(asked.pop(), [4711, [0, 1, method, [{ EventId: 4711, Data: "x" }]]]);
    }
    await server.close("the test is over");
  });

  test("that fails there stops the request", async () => {
    const forward: Forward = () => Promise.reject(new GibbonError("NO_EVENT", "it is gone"));
    const { server, connect } = await serve({ forward });
    for (const method of STEP_METHODS) {
      const { error, result } = await connect().request(method, { EventId: 4711 });
      assert.equal(error, null);
      assert.ok(stopsRequest((result as { Data: unknown }).Data));
    }
    await server.close("the test is over");
  });

  test("is this worker's own if no other has it", async () => {
    const { server, connect } = await serve({ forward: () => undefined });
    const { result } = await connect().request("plugin.Step", { EventId: 4711 });
    assert.ok(stopsRequest((result as { Data: unknown }).Data));
    await server.close("the test is over");
  });
});

describe("a step for an event of another server of the socket", () => {
  test("is passed on, and answered with what comes back", async () => {
    const passed: Request[] = [];
    const passOn: PassOn = (request, answer) => {
      passed.push(request);
      answer.result({ EventId: 1, Data: "ret" });
      return Promise.resolve(true);
    };
    const { server, connect, event } = await serve({ passOn });
    for (const method of STEP_METHODS) {
      const result = await connect().result(method, { EventId: event.id + 1 });
      assert.equal(result.Data, "ret");
      const { method: asked, argument } = passed.pop()!;
      assert.deepEqual([asked, argument], [method, { EventId: event.id + 1 }]);
    }
    await server.close("the test is over");
  });

  test("is answered once, also where passing it on fails after that", async () => {
    const passOn: PassOn = (_request, answer) => {
      answer.result({ EventId: 1, Data: "ret" });
      answer.result({ EventId: 1, Data: "again" });
      return Promise.reject(new Error("too late"));
    };
    const { server, connect, entries } = await serve({ passOn });
    const client = connect();
    assert.equal((await client.result("plugin.Step", { EventId: 4711 })).Data, "ret");
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(client.answers.length, 1);
    assert.match(entries.join("\n"), /^\[error\] a request failed after its answer: too late/);
    await server.close("the test is over");
  });

  test("that no server has stops the request", async () => {
    const { server, connect } = await serve({ passOn: () => Promise.resolve(false) });
    for (const method of STEP_METHODS) {
      const { error, result } = await connect().request(method, { EventId: 4711 });
      assert.equal(error, null);
      assert.ok(stopsRequest((result as { Data: unknown }).Data));
    }
    await server.close("the test is over");
  });

  test("is not passed on if the event is here", async () => {
    let passed = 0;
    const passOn: PassOn = () => {
      passed++;
      return Promise.resolve(true);
    };
    const { server, connect, event } = await serve({ passOn });
    connect().feed([encode([0, 1, "plugin.StepError", [{ EventId: event.id, Data: "no" }]])]);
    assert.equal(passed, 0);
    await server.close("the test is over");
    assert.equal(event.end, "abandoned");
  });
});

describe("who passes a step on", () => {
  test("is told that the event is not here, and logs nothing of it here", async () => {
    const { server, connect, entries } = await serve({});
    for (const by of ["older", "newer"]) {
      const { error } = await connect().request("plugin.Step", { EventId: 4711 }, by);
      assert.match(String(error), /4711/);
    }
    assert.deepEqual(entries, []);
    const { error } = await connect().request("plugin.Step", { EventId: 4711 }, "somebody");
    assert.equal(error, null);
    assert.equal(entries.length, 1);
    await server.close("the test is over");
  });
});

describe("when a gateway goes away", () => {
  test("all are told whose answers nobody waits for, if it waited for any", async () => {
    const waiting: ForwardedAnswer[] = [];
    const forward: Forward = (_id, _request, answer) => {
      waiting.push(answer);
      return new Promise(() => {});
    };
    const passOn: PassOn = () => Promise.resolve(false);
    const { server, connect, dropped } = await serve({ forward, passOn });
    const served = connect();
    await served.request("plugin.GetStatus");
    served.leave();
    assert.deepEqual(dropped, []);
    const client = connect();
    client.feed([encode([0, 1, "plugin.Step", [{ EventId: 4711 }]])]);
    assert.equal(waiting[0]!.gone, false);
    client.leave();
    assert.equal(waiting[0]!.gone, true);
    assert.deepEqual(dropped, ["workers", "servers"]);
    waiting[0]!.result("late");
    assert.deepEqual(client.answers, []);
    await server.close("the test is over");
  });
});
