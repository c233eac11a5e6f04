// kong.service.response in log: Kong raises unless the response was buffered, so that is asked first.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Kong } from "../../../src/kong/pdk/kong.ts";
import { createKong } from "../../../src/kong/pdk/kong.ts";
import { createKongJs } from "../../../src/kong/pdk/kong_js.ts";
import { actedKong } from "../support/acted_kong.ts";
import { recordingEvent } from "../support/pdk.ts";

const CALLS = {
  get_status: ({ service }) => service.response.getStatus(),
  get_header: ({ service }) => service.response.getHeader("x-a"),
  get_raw_body: ({ service }) => service.response.getRawBody(),
  get_body: ({ service }) => service.response.getBody("application/json"),
} satisfies Record<string, (kong: Kong) => Promise<unknown>>;

/** An event whose calls the emulator answers. */
function actedEvent(kong: ReturnType<typeof actedKong>) {
  return recordingEvent("log", (method, args) => kong.at("log")(method.slice(5), ...args));
}

for (const [dialect, create] of [["native", createKong], ["kong-js", createKongJs]] as const) {
  describe(`kong.service.response in log, in the ${dialect} dialect`, () => {
    for (const [name, call] of Object.entries(CALLS)) {
      test(`${name} is answered where the response was buffered`, async () => {
        const kong = actedKong();
        kong.answer(207, [["X-A", "1"]], '{"a":1}');
        const event = actedEvent(kong);
        await call(create(event) as Kong);
        const asked = event.asked.map(({ method }) => method);
        assert.deepEqual(asked, ["kong.nginx.get_ctx", `kong.service.response.${name}`]);
      });

      test(`${name} is refused where it was not, and Kong would have raised`, async () => {
        const kong = actedKong();
        kong.answer(207, [["X-A", "1"]], '{"a":1}', false);
        const event = actedEvent(kong);
        await assert.rejects(call(create(event) as Kong), {
          code: "PDK_PHASE",
          message: `kong.service.response.${name} cannot be called in log: ` +
            "the response was not buffered",
          remedy:
            "Call kong.service.request.enableBuffering() in access, or add a response handler.",
        });
        assert.deepEqual(event.asked.map(({ method }) => method), ["kong.nginx.get_ctx"]);
        const args = name === "get_header" ? ["x-a"] : [];
        await assert.rejects(kong.at("log")(`service.response.${name}`, ...args));
      });
    }

    test("asks once what it needs to know", async () => {
      const kong = actedKong();
      kong.answer(207, [["X-A", "1"]]);
      const event = actedEvent(kong);
      const { service } = create(event) as Kong;
      assert.equal(await service.response.getStatus(), 207);
      assert.equal(await service.response.getHeader("x-a"), "1");
      assert.equal(await service.response.getStatus(), 207);
      const known = event.asked.filter(({ method }) => method === "kong.nginx.get_ctx");
      assert.deepEqual(known.map(({ args }) => args), [["buffered_status"]]);
    });

    test("asks nothing more in response", async () => {
      const event = recordingEvent("response");
      await (create(event) as Kong).service.response.getStatus();
      assert.equal(event.asked.length, 1);
    });

    test("has a body but no status of a request that was to be buffered and never got there", async () => {
      const kong = actedKong();
      kong.exchange.buffered = true;
      const { service } = create(actedEvent(kong)) as Kong;
      const body = await service.response.getRawBody();
      assert.equal(body?.length, 0);
      await assert.rejects(service.response.getStatus(), { code: "PDK_PHASE" });
    });
  });
}
