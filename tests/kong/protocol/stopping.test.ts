// Which requests are answered with Kong's stop instead of an error text.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { stoppingResult, stopsRequest } from "../../../src/kong/protocol/msgpack/stopping.ts";
import { FAILURE_CALL } from "../../../src/kong/protocol/server.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";

const broken = new GibbonError("LIMIT", "no");

/** A server with an event of a plugin that guards, and one of a plugin that does not. */
async function serverWithEvents() {
  const hang = () => new Promise(() => {});
  const { server } = startServer([
    pluginOf(hang, { name: "auth" }),
    pluginOf(hang, { name: "stats", onError: "continue" }),
    pluginOf(hang, { name: "after", phase: "log" }),
  ]);
  const begin = async (name: string, phase: string) => {
    const { id } = await server.startInstance(name, "{}");
    const event = server.handleEvent(id, phase, { gone: false, take() {} });
    return { InstanceId: id, EventId: event!.id };
  };
  const auth = await begin("auth", "access");
  const stats = await begin("stats", "access");
  const after = await begin("after", "log");
  const stops = (method: unknown, argument: unknown, error: unknown = broken) =>
    stopsRequest(server, { messageId: 1, method, argument, bytes: new Uint8Array() }, error);
  return { server, auth, stats, after, stops };
}

describe("an error stops the client's request", () => {
  test("where the event that could not begin guards it, or may", async () => {
    const { server, auth, stats, stops } = await serverWithEvents();
    const handle = (InstanceId: unknown, EventName: unknown) =>
      stops("plugin.HandleEvent", { InstanceId, EventName });
    assert.equal(handle(auth.InstanceId, "access"), true);
    assert.equal(handle(99, "rewrite"), true);
    assert.equal(handle(auth.InstanceId, "log"), false);
    assert.equal(handle(stats.InstanceId, "access"), false);
    for (const phase of ["toString", "", 7, undefined]) {
      assert.equal(handle(auth.InstanceId, phase), false, String(phase));
    }
    assert.equal(stops("plugin.HandleEvent", undefined), false);
    assert.equal(stops("plugin.HandleEvent", null), false);
    await server.close("the test is over");
  });

  test("where the step is for an event that guards it, or for one that nobody knows", async () => {
    const { server, auth, stats, after, stops } = await serverWithEvents();
    for (const method of ["plugin.Step", "plugin.StepError", "plugin.StepRoute"]) {
      assert.equal(stops(method, { EventId: auth.EventId }), true);
      assert.equal(stops(method, { EventId: 4711 }), true);
      assert.equal(stops(method, undefined), true);
      assert.equal(stops(method, { EventId: stats.EventId }), false);
      assert.equal(stops(method, { EventId: after.EventId }), false);
    }
    await server.close("the test is over");
  });

  test("but is told where Kong starts the instance again, and in all other requests", async () => {
    const { server, auth, stops } = await serverWithEvents();
    const missing = new GibbonError("NO_INSTANCE", "none");
    const access = { InstanceId: auth.InstanceId, EventName: "access" };
    assert.equal(stops("plugin.HandleEvent", access, missing), false);
    assert.equal(stops("plugin.HandleEvent", access, new Error("any other")), true);
    for (const method of ["plugin.GetStatus", "plugin.StartInstance", "my.plugin.Step", 7]) {
      assert.equal(stops(method, { EventId: auth.EventId }), false);
    }
    await server.close("the test is over");
  });

  test("by Kong's own answer to a broken plugin, with the event's number if it has one", () => {
    const { method: Method, args: Args } = FAILURE_CALL;
    const resultFor = (argument: unknown) =>
      stoppingResult({ messageId: 1, method: "plugin.Step", argument, bytes: new Uint8Array() });
    assert.deepEqual(resultFor({ EventId: 7 }), { EventId: 7, Data: { Method, Args } });
    for (const argument of [{ EventId: "7" }, {}, undefined, null]) {
      assert.deepEqual(resultFor(argument), { EventId: 0, Data: { Method, Args } });
    }
  });
});
