// What of a kong.yml is refused at the start and at a reload, and what is only said.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { readKongConfig } from "../../src/kong/emulator/config/kong_config.ts";
import { startDev, type TestPlugin } from "./dev_gateway.ts";
import { startWithKong } from "./kong_gateway.ts";

const ECHO = `services: [{ url: "http://echo.invalid", routes: [{ paths: [/] }] }]\n`;

describe("what is refused", () => {
  const picky: TestPlugin = {
    name: "picky",
    schema: [{ tag: { type: "string" } }],
    access: (kong, config) => kong.response.setHeader("X-Tag", String(config.tag)),
    configure: (raw) => {
      const { tag } = raw as { tag: string };
      if (tag === "bad") {
        throw new GibbonError("CONFIG_INVALID", "the configuration does not fit: tag: is bad");
      }
      if (tag === "unable") throw new Error("no database");
      return raw;
    },
  };
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "a plugin that is not there",
      "plugins:\n- name: strange",
      /plugins\[0\]\.name \(line 4\): plugin 'strange' not enabled/,
    ],
    [
      "a configuration that the plugin's schema refuses",
      "plugins:\n- name: picky\n  config:\n    tag: bad",
      /plugins\[0\]\.config\.tag \(line 6\): is bad/,
    ],
    [
      "a configuration that the schema of Kong's own plugin refuses",
      "plugins:\n- name: key-auth\n  config:\n    key_nmes: [a]",
      /plugins\[0\]\.config\.key_nmes \(line 6\): unknown field/,
    ],
    [
      "authentication for a consumer",
      "consumers: [{ username: a }]\nplugins:\n- { name: key-auth, consumer: a }",
      /plugins\[0\]\.consumer \(line 5\): value must be null/,
    ],
    [
      "acl with neither list",
      "plugins:\n- name: acl\n  config: {}",
      /plugins\[0\]\.config \(line 5\): exactly one of these fields must be non-empty/,
    ],
  ];
  for (const [what, text, expected] of cases) {
    test(what, async () => {
      await assert.rejects(
        startWithKong(ECHO + text, [picky]),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "OPTION_INVALID");
          assert.match(error.message, expected);
          return true;
        },
      );
    });
  }

  test("other plugins of Kong's are said once, and not acted on", async () => {
    const text = `${ECHO}plugins:\n- name: rate-limiting\n  config: { minute: 5 }\n`;
    const dev = await startWithKong(text, []);
    try {
      await dev.gateway.reload([], {}, readKongConfig(`_format_version: "3.0"\n${text}`));
      assert.equal((await dev.get("/")).status, 200);
      const said = dev.entries.filter((line) => line.includes("rate-limiting"));
      assert.equal(said.length, 1);
      assert.match(said[0]!, /kong\.yml:4: the plugin rate-limiting of Kong's is not acted on/);
    } finally {
      await dev.close();
    }
  });

  test("a plugin that cannot start fails its requests with 500", async () => {
    const dev = await startWithKong(
      `${ECHO}plugins: [{ name: picky, config: { tag: unable } }]`,
      [picky],
    );
    try {
      assert.equal((await dev.get("/")).status, 500);
    } finally {
      await dev.close();
    }
  });

  test("at a reload, what was good stays, also where a part of it was started anew", async () => {
    const other = { ...picky, name: "other", access: () => {} };
    const config = (tag: string, second: string) =>
      readKongConfig(
        `_format_version: "3.0"\n${ECHO}plugins:\n- { name: picky, config: { tag: ${tag} } }\n` +
          `- { name: other, config: { tag: ${second} } }\n`,
      );
    const dev = await startDev([picky, other], { kong: config("one", "fine") });
    const names = ["picky", "other"];
    try {
      assert.equal((await dev.get("/")).headers["x-tag"], "one");
      await assert.rejects(dev.gateway.reload(names, {}, config("two", "bad")), /plugins\[1\]/);
      assert.equal((await dev.get("/")).headers["x-tag"], "one");
      await dev.gateway.reload(names, {}, config("two", "fine"));
      assert.equal((await dev.get("/")).headers["x-tag"], "two");
    } finally {
      await dev.close();
    }
  });
});
