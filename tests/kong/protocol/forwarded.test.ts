// Steps that came in at another worker: carried out here, and answered where they came in.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Event } from "../../../src/kong/engine/event.ts";
import { ForwardedStep } from "../../../src/kong/protocol/msgpack/forwarded.ts";
import { decode, encode } from "../../../src/wire/msgpack/codec.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";

/** An event that has asked for a header, and asks for another when it gets it. */
async function beginEvent() {
  let begun: Event | undefined;
  let hangs: Promise<void> | undefined;
  const plugin = pluginOf(async () => {
    await begun!.call("kong.request.get_header", ["a"]);
    await hangs;
    await begun!.call("kong.request.get_header", ["b"]);
  });
  const { server, entries } = startServer([plugin], {
    attribute(event, run) {
      begun = event;
      run();
    },
  });
  const { id } = await server.startInstance("under-test", "{}");
  const turns: unknown[] = [];
  server.handleEvent(id, "access", { gone: false, take: (turn) => void turns.push(turn) });
  assert.equal(turns.length, 1);
  const forward = (method: string, argument: unknown) =>
    new ForwardedStep(server, encode([0, 7, method, [argument]]));
  /** Has the handler work for ever once it has the first header. */
  const hang = () => {
    hangs = new Promise(() => {});
  };
  return { server, entries, event: begun!, forward, hang };
}

async function resultOf({ answered }: ForwardedStep): Promise<unknown> {
  return decode(await answered);
}

describe("a forwarded step", () => {
  test("is answered with the event's next turn", async () => {
    const { event, forward } = await beginEvent();
    const step = forward("plugin.Step", { EventId: event.id, Data: "x" });
    assert.equal(step.gone, false);
    assert.deepEqual(await resultOf(step), {
      EventId: event.id,
      Data: { Method: "kong.request.get_header", Args: ["b"] },
    });
    const last = forward("plugin.Step", { EventId: event.id, Data: "y" });
    assert.deepEqual(await resultOf(last), { EventId: event.id, Data: "ret" });
  });

  test("fails as it would have where it came in", async () => {
    const { event, forward } = await beginEvent();
    await assert.rejects(forward("plugin.Step", { EventId: event.id + 1 }).answered, {
      code: "NO_EVENT",
    });
    await assert.rejects(forward("plugin.Nothing", {}).answered, { code: "PROTOCOL" });
    await assert.rejects(forward("plugin.CloseInstance", 4711).answered, { code: "NO_INSTANCE" });
    event.abandon("the test is over");
  });

  test("that nobody waits for any more leaves its event forsaken", async () => {
    const { server, event, forward, hang } = await beginEvent();
    hang();
    const step = forward("plugin.Step", { EventId: event.id, Data: "x" });
    assert.equal(server.events.size, 1);
    step.leave();
    assert.equal(step.gone, true);
    assert.equal(await resultOf(step), null);
    server.events.dropForsaken("nobody waits");
    assert.equal(server.events.size, 0);
    server.events.close("the test is over");
  });

  test("that is a notification needs no answer", async () => {
    const { server, event } = await beginEvent();
    const notification = new ForwardedStep(server, encode([2, "hello", []]));
    assert.equal(await resultOf(notification), null);
    event.abandon("the test is over");
  });
});

describe("a step's error", () => {
  test("has a reason also where Kong gives none", async () => {
    for (
      const [Data, reason] of [[undefined, /failed without a reason/], ["gone", /gone/]] as const
    ) {
      const { event, forward, entries } = await beginEvent();
      await resultOf(forward("plugin.StepError", { EventId: event.id, Data }));
      assert.equal(entries.filter((entry) => reason.test(entry)).length, 1, entries.join("\n"));
    }
  });
});
