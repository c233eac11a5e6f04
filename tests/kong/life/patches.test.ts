// Plugins that change what all plugins of a process share: their own events fail, others never notice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { PROTOCOLS } from "./nginx/worker.ts";
import { guardOver, LAYOUTS, Stage, type StagePlugin } from "./stage.ts";
import type { Protocol } from "./nginx/worker.ts";

const space = useWorkspace();

/** A plugin that does what `x-patch` names. */
const patcher = (protocol: Protocol): StagePlugin => ({
  name: "patcher",
  protocol,
  phases: ["access"],
  priority: 10,
  marks: ["x-patcher"],
  files: {
    "patcher.ts": `
      import { definePlugin } from "gibbon";
      import * as v from "valibot";

      const fix = (object: object, key: string, value: unknown) =>
        Object.defineProperty(object, key, { value, writable: false, configurable: false });

      const DEEDS: Readonly<Record<string, () => unknown>> = {
        map: () => Map.prototype.get = () => undefined,
        then: () => Promise.prototype.then = () => { throw new Error("patched"); },
        object: () => (Object.prototype as any).polluted = "yes",
        bytes: () => (globalThis as any).Uint8Array = class {},
        clock: () => { Date.now = () => 0; performance.now = () => 0; },
        rare: () => String.prototype.at = () => "patched",
        fixed: () => fix(Array.prototype, "flat", () => []),
        fixedHot: () => fix(JSON, "stringify", () => "null"),
      };

      export default definePlugin({
        name: "patcher",
        version: "1.0.0",
        priority: 10,
        config: v.object({}),
        async access(kong) {
          const deed = await kong.request.getHeader("x-patch") ?? "";
          if (await kong.request.getHeader("x-later")) setTimeout(() => DEEDS[deed]!(), 20);
          else DEEDS[deed]?.();
          await kong.response.setHeader("x-patcher", "fine");
        },
      });
    `,
    "patches-at-once.ts": `
      import { definePlugin } from "gibbon";
      import * as v from "valibot";

      Array.prototype.push = () => 0;

      export default definePlugin({
        name: "patches-at-once",
        version: "1.0.0",
        config: v.object({}),
        access() {},
      });
    `,
  },
});

for (const program of PROGRAMS) {
  const { skip } = program;
  for (const [index, { what, serve }] of LAYOUTS.entries()) {
    // One protocol each: what a plugin changes is the same over both.
    const protocol = PROTOCOLS[index % PROTOCOLS.length]!;
    const plugins = [guardOver(protocol), patcher(protocol)];
    const start = () => Stage.start(space, { program, plugins, serve });

    test(
      `${program.what}, ${what}: changes are undone, and fail their event`,
      { skip },
      async () => {
        const stage = await start();
        assert.match(stage.log, /patches-at-once[^]*Array\.prototype\.push/);
        const path = (await stage.served()).headers.get("x-guard");
        for (const deed of ["map", "then", "object", "bytes", "clock"]) {
          const others = [1, 2, 3].map(() => stage.kong.request());
          const outcome = await stage.kong.request({ headers: [["x-patch", deed]] });
          assert.deepEqual([outcome.kind, outcome.status], ["failed", 500], deed);
          for (const { kind, reason } of await Promise.all(others)) {
            assert.equal(kind, "ok", reason);
          }
        }
        for (const property of ["Map.prototype.get", "Promise.prototype.then", "Date.now"]) {
          await until(() => stage.log.includes(`Plugin patcher changed ${property}`));
        }
        if (!serve.includes("2")) {
          assert.equal((await stage.served()).headers.get("x-guard"), path);
        }
      },
    );

    test(`${program.what}, ${what}: what is found later is undone too`, { skip }, async () => {
      const stage = await start();
      for (
        const [deed, property] of [["map", "Map.prototype.get"], ["rare", "String.prototype.at"]]
      ) {
        await stage.kong.request({ headers: [["x-patch", deed!], ["x-later", "1"]] });
        await until(() => stage.log.includes(property!));
        await stage.served();
      }
      assert.match(stage.log, /changed String\.prototype\.at, which[^\n]*patcher/);
    });

    test(`${program.what}, ${what}: what cannot be undone ends the process`, { skip }, async () => {
      const stage = await start();
      const pid = stage.server.pid;
      const before = (await stage.served()).headers.get("x-guard");
      for (const deed of ["fixed", "fixedHot"]) {
        await stage.kong.request({ headers: [["x-patch", deed]] });
        await until(() => /Plugin patcher changed [^\n]*cannot be undone/.test(stage.log));
      }
      await until(async () => (await stage.served()).headers.get("x-guard") !== before);
      assert.equal(stage.server.pid === pid, !serve.includes("0"));
    });
  }
}
