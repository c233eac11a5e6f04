// A whole Kong on gibbon over one protocol: requests through every phase, in each layout; the server is
// killed, and ends with Kong.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { until } from "../../support/until.ts";
import { Load } from "./nginx/load.ts";
import type { Protocol } from "./nginx/worker.ts";
import { guardOver, LAYOUTS, Stage } from "./stage.ts";

/** Declares the tests. */
export function testWholeLives(protocol: Protocol): void {
  const space = useWorkspace();
  for (const program of PROGRAMS) {
    const { skip } = program;
    for (const { what, serve } of LAYOUTS) {
      const given = { program, serve, plugins: [guardOver(protocol)], kong: { workers: 2 } };

      test(`${program.what}, ${what}, ${protocol}: a whole life`, { skip }, async () => {
        const stage = await Stage.start(space, given);
        const { kong } = stage;
        await allChecked(stage);
        const denied = await kong.request({ headers: [["x-deny", "guard"]] });
        assert.deepEqual([denied.kind, denied.status], ["stopped", 403]);

        // It is killed, and Kong starts it again.
        const [keeper] = kong.current.keepers;
        process.kill(stage.server.pid, "SIGKILL");
        await until(() => keeper!.processes.length === 2);
        await stage.served();
        await allChecked(stage);

        // Kong stops: the last request still gets to its end.
        const gate = stage.gate("gate");
        const request = kong.request({ headers: [gate.header] });
        await gate.holds();
        const stopped = kong.stop();
        await gate.open();
        assert.equal((await request).kind, "ok");
        await stopped;
        assert.equal((await stage.server.ended).code, 0);
        assert.equal(await stage.answers(), false);
      });
    }
  }
}

/** Many requests, each of which the plugin sees. */
async function allChecked({ kong }: Stage): Promise<void> {
  const load = new Load(kong, { lanes: 8 });
  while (load.tally.total < 40) await kong.request();
  const tally = await load.stop();
  assert.equal(tally.counts.ok, tally.total, tally.report);
}
