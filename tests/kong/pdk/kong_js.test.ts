// The PDK as plugins for Kong's JavaScript server know it.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { createKongJs } from "../../../src/kong/pdk/kong_js.ts";
import { camelCase, functionAt, recordingEvent } from "../support/pdk.ts";
import { readCallable } from "../support/pdk_facts.ts";
import { SAMPLES } from "../support/pdk_samples.ts";

type Namespace = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

describe("kong for plugins of Kong's JavaScript server", () => {
  test("has every function by its camelCase name and by Kong's own", async () => {
    for (const { name } of readCallable()) {
      const { phase, args, sent = args } = SAMPLES[name] ?? assert.fail(`${name} has no sample`);
      for (const path of new Set([name, name.split(".").map(camelCase).join(".")])) {
        const event = recordingEvent(phase);
        await functionAt(createKongJs(event), path)(...args);
        const asked = event.asked.map(({ method, args }) => ({ method, args }));
        assert.deepEqual(asked, [{ method: name, args: sent }], path);
      }
    }
  });

  test("has functions of Kong Enterprise, which go out as they are", async () => {
    const event = recordingEvent();
    const kong = createKongJs(event);
    await functionAt(kong, "kong.client.getConsumerGroups")();
    await functionAt(kong, "kong.enterprise_edition.jwe.decode")("token");
    await functionAt(kong, "kong.enterpriseEdition.jwe.decrypt")("key", "token");
    await functionAt(kong, "kong.nginx.shared.get")("dictionary", "k");
    assert.deepEqual(event.asked.map(({ method, args }) => [method, ...args]), [
      ["kong.client.get_consumer_groups"],
      ["kong.enterprise_edition.jwe.decode", "token"],
      ["kong.enterprise_edition.jwe.decrypt", "key", "token"],
      ["kong.nginx.shared.get", "dictionary", "k"],
    ]);
  });

  test("has functions that can be taken off their object", async () => {
    const event = recordingEvent();
    const kong = createKongJs(event) as Readonly<Record<string, Namespace>>;
    const { request, log, service } = kong;
    const { getHeader, get_headers } = request ?? {};
    const { err, inspect } = log ?? {};
    const { setHeader } = (service as unknown as { request: Namespace } | undefined)?.request ?? {};
    await getHeader?.("host");
    await get_headers?.();
    await (log as unknown as (text: string) => Promise<void>)("a");
    await err?.("b");
    await inspect?.("c");
    await setHeader?.("x", "1");
    await log?.warn?.apply(undefined, ["d"]);
    assert.deepEqual(event.asked.map(({ method }) => method), [
      "kong.request.get_header",
      "kong.request.get_headers",
      "kong.log",
      "kong.log.err",
      "kong.log.inspect",
      "kong.service.request.set_header",
      "kong.log.warn",
    ]);
  });

  test("sends nothing when only a namespace is awaited", async () => {
    const event = recordingEvent();
    const kong = createKongJs(event) as Readonly<Record<string, unknown>>;
    for (const name of ["request", "log", "service"]) {
      assert.equal("then" in Object(await kong[name]), false);
    }
    await kong;
    assert.deepEqual(event.asked, []);
  });

  test("gives results as they came", async () => {
    const headers = { a: ["1"], flag: [] };
    const kong = createKongJs(recordingEvent("access", () => headers));
    assert.equal(await functionAt(kong, "kong.request.getQuery")(), headers);
    const text = '{"client_ip":"127.0.0.1"}';
    const logging = createKongJs(recordingEvent("log", () => text));
    assert.equal(await functionAt(logging, "kong.log.serialize")(), text);
  });

  test("gives bodies as a string, and as a Buffer where they are no text", async () => {
    const body = async (result: unknown) => {
      const kong = createKongJs(recordingEvent("response", () => result));
      const service = await functionAt(kong, "kong.service.response.getRawBody")();
      assert.deepEqual(await functionAt(kong, "kong.request.getRawBody")(), service);
      return service;
    };
    assert.equal(await body(new TextEncoder().encode("grüße")), "grüße");
    assert.equal(await body("text"), "text");
    assert.equal(await body(undefined), undefined);
    const bytes = await body(new Uint8Array([0, 0xff, 1]).subarray(1));
    assert.ok(Buffer.isBuffer(bytes));
    assert.deepEqual([...bytes], [0xff, 1]);
  });

  test("refuses calls that Kong would not answer", async () => {
    const event = recordingEvent("log");
    const kong = createKongJs(event);
    const call = (path: string, ...args: unknown[]) => () => functionAt(kong, path)(...args);
    await assert.rejects(async () => await call("kong.request.getMethod")(), { code: "PDK_PHASE" });
    await assert.rejects(async () => await call("kong.request.get_header", 7)(), {
      code: "PDK_ARGUMENT",
    });
    assert.throws(call("kong.response.exit", 403), { code: "PDK_PHASE" });
    assert.deepEqual(event.asked, []);
  });

  test("unwinds the handler when the request ends", () => {
    const kong = createKongJs({
      ...recordingEvent(),
      call: (method) => {
        throw new RequestEnded(method);
      },
    });
    assert.throws(() => functionAt(kong, "kong.response.exit")(403, "no"), RequestEnded);
  });
});
