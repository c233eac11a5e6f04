// The connections that an endpoint has: what it counts of them, and when it lets go of those that it turned away.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KongEndpoint } from "../../../src/kong/protocol/endpoint.ts";
import { allowPatches } from "../../../src/runtime/shared/builtins/inspection.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";

/** The runtime's end of a connection. */
class Line {
  unsentBytes: number;
  readonly done: string[] = [];
  written = 0;

  constructor(unsentBytes = 0) {
    this.unsentBytes = unsentBytes;
  }

  write = () => void this.written++;
  end = () => void this.done.push("end");
  destroy = () => void this.done.push("destroy");
}

function serve(connections: number) {
  const started = startServer([pluginOf(() => new Promise(() => {}), { name: "guard" })], {
    limits: { connections },
  });
  let closed = 0;
  const descriptors = { isShort: false, close: () => void closed++ };
  const endpoint = new KongEndpoint(started.server, descriptors);
  return { ...started, endpoint, closedDescriptors: () => closed };
}

/** The timers of the connections that are accepted within, to be run by hand. */
function withTimers<T>(run: () => T): { ticks: (() => void)[]; cleared: unknown[]; value: T } {
  const { setInterval, clearInterval } = globalThis;
  const [ticks, cleared]: [(() => void)[], unknown[]] = [[], []];
  allowPatches(["setInterval", "clearInterval"]);
  globalThis.setInterval = ((tick: () => void) => ticks.push(tick)) as never;
  globalThis.clearInterval = ((timer: unknown) => void cleared.push(timer)) as never;
  try {
    return { ticks, cleared, value: run() };
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
  }
}

describe("an endpoint", () => {
  test("counts its connections and what waits on them, those turned away too", async () => {
    const { server, endpoint } = serve(2);
    const lines = [new Line(5), new Line(7), new Line(11)];
    assert.deepEqual([endpoint.size, endpoint.unsentBytes, endpoint.turnedAway], [0, 0, 0]);
    const accepted = lines.map(endpoint.accept);
    assert.deepEqual([endpoint.size, endpoint.unsentBytes, endpoint.turnedAway], [3, 23, 1]);
    accepted[2]!.closed();
    assert.deepEqual([endpoint.size, endpoint.unsentBytes, endpoint.turnedAway], [2, 12, 1]);
    accepted[0]!.closed();
    assert.deepEqual([endpoint.size, endpoint.unsentBytes, endpoint.turnedAway], [1, 7, 1]);
    accepted[1]!.closed();
    await server.close("the test is over");
  });

  test("ends all of them when it is closed, and lets go of what watches descriptors", async () => {
    const { server, endpoint, closedDescriptors } = serve(1);
    const lines = [new Line(), new Line()];
    const accepted = lines.map(endpoint.accept);
    endpoint.close();
    assert.deepEqual(lines.map(({ done }) => done), [["end"], ["end"]]);
    assert.equal(closedDescriptors(), 1);
    for (const events of accepted) events.closed();
    await server.close("the test is over");
    new KongEndpoint(server).close();
  });
});

describe("a connection that is turned away", () => {
  const status = () => encode([0, 1, "plugin.GetStatus", []]);

  test("is closed the first time that it is found to have nothing under way", async () => {
    const { server, endpoint } = serve(0);
    const line = new Line();
    const { ticks, value } = withTimers(() => endpoint.accept(line));
    assert.equal(ticks.length, 1);
    assert.deepEqual(line.done, []);
    ticks[0]!();
    assert.deepEqual(line.done, ["destroy"]);
    withTimers(() => value.closed());
    assert.equal(endpoint.size, 0);
    await server.close("the test is over");
  });

  test("has no timer any more when it is gone", async () => {
    const { server, endpoint } = serve(0);
    const { cleared } = withTimers(() => endpoint.accept(new Line()).closed());
    assert.deepEqual(cleared, [1]);
    await server.close("the test is over");
  });

  test("may have something under way for 30 such times, and no longer", async () => {
    const { server, endpoint } = serve(0);
    const starting = Promise.withResolvers<undefined>();
    const slow = { ...pluginOf(() => {}, { name: "slow" }), start: () => starting.promise };
    server.options.registry.replace([slow]);
    const line = new Line();
    const { ticks, value } = withTimers(() => endpoint.accept(line));
    value.data(encode([0, 1, "plugin.StartInstance", [{ Name: "slow", Config: "{}" }]]));
    for (let time = 1; time < 30; time++) ticks[0]!();
    assert.deepEqual(line.done, []);
    ticks[0]!();
    assert.deepEqual(line.done, ["destroy"]);
    withTimers(() => value.closed());
    starting.resolve(undefined);
    await server.close("the test is over");
  });

  test("is read and answered like any other, once", async () => {
    const { server, endpoint } = serve(0);
    const line = new Line();
    const { value } = withTimers(() => endpoint.accept(line));
    value.data(status());
    assert.deepEqual([line.written, line.done], [1, ["end"]]);
    value.data(status());
    assert.equal(line.written, 1);
    withTimers(() => value.closed());
    await server.close("the test is over");
  });

  test("without a word is not counted among those that are there, and says nothing", async () => {
    const { server, endpoint } = serve(0);
    const told = Array.from({ length: 256 }, () => new Line());
    const { value } = withTimers(() => told.map(endpoint.accept));
    const line = new Line();
    const events = endpoint.accept(line);
    assert.deepEqual([line.done, endpoint.size, endpoint.turnedAway], [["destroy"], 256, 257]);
    events.data(status());
    events.closed();
    assert.equal(line.written, 0);
    withTimers(() => value.forEach((one) => one.closed()));
    await server.close("the test is over");
  });
});
