// Secrets of configurations: in no line of the log, at no level, whatever goes wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../loader/fixture.ts";
import { startServer } from "../support/kong_server.ts";

const SECRET = "hunter2-not-to-be-seen";

const PLUGIN = `
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  name: "keeper",
  version: "1.0.0",
  config: v.object({
    key: v.pipe(v.string(), v.minLength(3, (issue) => "too short: " + issue.input)),
    keys: v.optional(v.record(v.string(), v.number())),
    port: v.optional(v.pipe(v.number(), v.transform((port) => {
      if (port > 9) throw new Error("no port: " + "${SECRET}");
      return port;
    }))),
  }),
  init(config) {
    if (config.keys) throw new Error("init failed on purpose");
    return config;
  },
  async access(kong) {
    await kong.request.getHeader("x");
    throw new Error("access failed on purpose");
  },
});
`;

const CONFIGS: Readonly<Record<string, string>> = {
  "that is right": JSON.stringify({ key: SECRET }),
  "whose value is of the wrong type": JSON.stringify({ key: { deep: SECRET } }),
  "with a number's place taken": JSON.stringify({ key: SECRET, port: SECRET }),
  "with a secret as a key": JSON.stringify({ key: SECRET, keys: { [SECRET]: SECRET } }),
  "with a field that nobody knows": JSON.stringify({ key: SECRET, more: SECRET }),
  "that makes init fail": JSON.stringify({ key: SECRET, keys: { a: 1 } }),
  "on which code of the schema throws": JSON.stringify({ key: SECRET, port: 10 }),
  "that is a list": JSON.stringify([SECRET]),
  "that is no JSON": `{"key": "${SECRET}"`,
};

for (const [what, config] of Object.entries(CONFIGS)) {
  test(`no secret is logged of a configuration ${what}`, async () => {
    await load({ "keeper.ts": PLUGIN }, async ({ plugins }) => {
      const { server, connect, entries } = startServer([...plugins]);
      const client = connect();
      const argument = { Name: "keeper", Config: config };
      const { error, result } = await client.request("plugin.StartInstance", argument);
      assert.doesNotMatch(String(error), new RegExp(SECRET));
      const { Id } = (result ?? {}) as { Id?: number };
      if (Id !== undefined) {
        const event = { InstanceId: Id, EventName: "access" };
        const { EventId } = await client.result("plugin.HandleEvent", event);
        await client.result("plugin.Step", { EventId, Data: "value" });
        await client.request("plugin.Step", { EventId, Data: "value" });
        await client.result("plugin.CloseInstance", Id);
      }
      await server.close("the test is over");
      const isGood = what === "that is right" || what.endsWith("nobody knows");
      assert.equal(Id !== undefined, isGood);
      assert.ok(entries.length > 0);
      for (const entry of entries) assert.doesNotMatch(entry, new RegExp(SECRET));
    });
  });
}
