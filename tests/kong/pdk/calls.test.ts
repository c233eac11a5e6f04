// PDK calls: what goes out for each function, and how the calls of one event follow each other.
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { createKong } from "../../../src/kong/pdk/kong.ts";
import { startEvent } from "../support/events.ts";
import { camelCase, functionAt, recordingEvent } from "../support/pdk.ts";
import { readCallable } from "../support/pdk_facts.ts";
import { SAMPLES } from "../support/pdk_samples.ts";

const ENDING = ["kong.response.exit", "kong.response.error"];

describe("a PDK function", () => {
  for (const { name, msgpack } of readCallable()) {
    const path = name.split(".").map(camelCase).join(".");
    test(`${path} makes the call ${name}`, async () => {
      const sample = SAMPLES[name];
      assert.ok(sample, "it has no sample");
      const event = recordingEvent(sample.phase);
      const call = async () => await functionAt(createKong(event), path)(...sample.args);
      const final = ENDING.includes(name);
      if (final) await assert.rejects(call, RequestEnded);
      else await call();
      const { args, sent = args } = sample;
      assert.deepEqual(event.asked, [
        { method: name, args: sent, bytes: msgpack?.fix === "raw", final },
      ]);
    });
  }

  test("sends nothing when only its namespace is awaited", async () => {
    const event = recordingEvent();
    const kong = createKong(event);
    for (const value of [kong, kong.request, kong.service, kong.service.request, kong.ctx]) {
      assert.equal(await value, value);
      assert.equal("then" in value, false);
    }
    assert.equal(await kong.log, kong.log);
    assert.deepEqual(event.asked, []);
  });

  test("gives bytes as text too", async () => {
    const event = recordingEvent("response", () => new TextEncoder().encode("grüße"));
    const kong = createKong(event);
    assert.equal(await kong.request.getRawBodyText(7), "grüße");
    assert.equal(await kong.service.response.getRawBodyText(), "grüße");
    assert.deepEqual(event.asked, [
      { method: "kong.request.get_raw_body", args: [7], bytes: true, final: false },
      { method: "kong.service.response.get_raw_body", args: [], bytes: true, final: false },
    ]);
  });

  test("of kong.log works without its object", async () => {
    const event = recordingEvent();
    const { log } = createKong(event);
    const { err, inspect: { on } } = log;
    await Promise.all([log("a"), err("b"), on()]);
    assert.deepEqual(event.asked.map(({ method }) => method), [
      "kong.log",
      "kong.log.err",
      "kong.log.inspect.on",
    ]);
  });
});

describe("an event's PDK calls", () => {
  const CALL = (method: string, ...args: unknown[]) => ({ kind: "call", method, args });
  const LAST = (method: string, ...args: unknown[]) => ({ kind: "last-call", method, args });

  test("go out in order, and nothing of the handler runs on after exit", async () => {
    let ranOn = false;
    const { turn, event, answer, events } = startEvent(async (event: Event) => {
      const kong = createKong(event);
      kong.response.setHeader("x-a", "1");
      const host = await kong.request.getHeader("host");
      kong.log.notice("host ", host);
      kong.response.exit(403, `not for ${host}`);
      ranOn = true;
    });
    assert.deepEqual(await turn(), CALL("kong.response.set_header", "x-a", "1"));
    assert.deepEqual(await answer(event, undefined), CALL("kong.request.get_header", "host"));
    assert.deepEqual(await answer(event, "h.test"), CALL("kong.log.notice", "host ", "h.test"));
    const last = LAST("kong.response.exit", 403, "not for h.test");
    assert.deepEqual(await answer(event, undefined), last);
    assert.equal(ranOn, false);
    assert.equal(events.size, 0);
  });

  test("send nothing once the request has ended, also where the handler catches everything", async () => {
    const caught: unknown[] = [];
    const { turn, events } = startEvent((event: Event) => {
      const kong = createKong(event);
      try {
        kong.response.error(500);
      } catch (error) {
        caught.push(error);
      }
      for (const call of [() => kong.log("x"), () => kong.request.getHeaders()]) {
        assert.throws(call, RequestEnded);
      }
      kong.response.exit(200, "all is well");
    });
    assert.deepEqual(await turn(), LAST("kong.response.error", 500));
    assert.ok(caught[0] instanceof RequestEnded);
    assert.equal(events.size, 0);
  });

  test("fail the handler at once where the one that ends the request is refused", async () => {
    let caught: unknown;
    const { turn, event, answer } = startEvent((event: Event) => {
      const kong = createKong(event);
      kong.log("goes out");
      kong.log("waits");
      try {
        kong.response.exit(403);
      } catch (error) {
        caught = error;
        throw error;
      }
    }, { limits: { queuedCalls: 1 } });
    assert.deepEqual(await turn(), CALL("kong.log", "goes out"));
    assert.ok(caught instanceof GibbonError);
    assert.equal(caught.code, "LIMIT");
    assert.deepEqual(await answer(event, undefined), LAST("stop", 500));
  });

  test("that nobody awaits leave no unhandled rejection behind when the event fails", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const { turn, event } = startEvent((event: Event) => {
      const kong = createKong(event);
      kong.request.getHeaders();
      kong.request.getRawBody();
      kong.log("waiting");
      return new Promise<void>(() => {});
    });
    await turn();
    event.abandon("the gateway closed the connection");
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  test("that the gateway leaves unanswered say what the body may be", async () => {
    let failed: Error & { remedy?: string } | undefined;
    const { turn, event, answer } = startEvent(async (event: Event) => {
      await createKong(event).request.getRawBody().catch((error) => failed = error);
    }, { deadline: 1 });
    await turn();
    while (failed === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.match(failed.message, /no answer to kong\.request\.get_raw_body/);
    assert.match(failed.remedy ?? "", /client_body_buffer_size/);
    assert.deepEqual(await answer(event, undefined), LAST("stop", 500));
  });
});
