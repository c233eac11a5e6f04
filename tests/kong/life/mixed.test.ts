// Both protocols on one socket: connections of Kong's pool change from one to the other.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { seededRandom } from "../../support/pieces.ts";
import { Load } from "./nginx/load.ts";
import { Tally } from "./nginx/outcome.ts";
import { guardOver, LAYOUTS, Stage, type StagePlugin } from "./stage.ts";

const PLUGINS = [guardOver("MsgPack:1", "packed"), guardOver("ProtoBuf:1", "framed")];
const NAMES = PLUGINS.map(({ name }) => name);

/** Without the log phase nothing comes between two requests that follow each other. */
const SILENT = PLUGINS.map((plugin) => ({
  ...plugin,
  phases: plugin.phases.filter((phase) => phase !== "log"),
}));

/** A request of the one plugin or of the other. */
const ofEither = (number: number) => ({ plugins: [NAMES[number % 2]!] });

const space = useWorkspace();

for (const program of PROGRAMS) {
  for (const { what, serve } of LAYOUTS) {
    const { skip } = program;
    const kongWith = async (plugins: readonly StagePlugin[], workers: number) =>
      (await Stage.start(space, { program, serve, plugins, kong: { workers } })).kong;

    describe(`${program.what}, ${what}: with one plugin over each protocol on a socket`, () => {
      test("20 requests in sequence are all checked", { skip }, async () => {
        const kong = await kongWith(SILENT, 1);
        const tally = new Tally();
        for (let i = 0; i < 20; i++) tally.add(await kong.request(ofEither(i)));
        assert.equal(tally.counts.ok, 20, tally.report);
      });

      test("100 requests at once are all checked", { skip }, async () => {
        const kong = await kongWith(PLUGINS, 2);
        const random = seededRandom(11);
        for (const round of [1, 2, 3]) {
          const numbers = Array.from({ length: 100 }, () => Math.floor(random() * 2));
          const tally = new Tally();
          const requests = numbers.map((number) => kong.request(ofEither(number)));
          for (const outcome of await Promise.all(requests)) tally.add(outcome);
          assert.equal(tally.counts.ok, 100, `round ${round}: ${tally.report}`);
        }
      });

      test("requests that meet both plugins are all checked", { skip }, async () => {
        const kong = await kongWith(PLUGINS, 1);
        const load = new Load(kong, { lanes: 8 });
        while (load.tally.total < 100) await kong.request();
        const tally = await load.stop();
        assert.equal(tally.counts.ok, tally.total, tally.report);
        for (let i = 0; i < 10; i++) {
          const outcome = await kong.request({ headers: [["x-deny", NAMES[i % 2]!]] });
          assert.equal(outcome.kind, "stopped", outcome.reason);
          assert.equal(outcome.status, 403);
        }
      });
    });
  }
}
