// `kong reload` over one protocol: a new server takes the old one's place, and no request notices.
import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { Load } from "./nginx/load.ts";
import type { Protocol } from "./nginx/worker.ts";
import { guardOver, LAYOUTS, Stage } from "./stage.ts";

/** Declares the tests. */
export function testReloads(protocol: Protocol): void {
  const space = useWorkspace();
  for (const program of PROGRAMS) {
    for (const { what, serve } of LAYOUTS) {
      const { skip } = program;
      const name = `a reload of ${program.what}, ${what}, ${protocol}`;
      // Half of the grace time is how long the old server may wait for the new one: on a busy machine
      // that takes a while to start.
      const options = [...serve, "--grace", "60"];
      const given = { program, serve: options, plugins: [guardOver(protocol)] };

      test(`${name}: under load, twice, every request is checked`, { skip }, async () => {
        const stage = await Stage.start(space, { ...given, kong: { workers: 2, lingerMs: 300 } });
        await stage.served();
        const load = new Load(stage.kong, { lanes: 8 });
        const reloads = reload(stage).then(() => reload(stage));
        const [empty] = await Promise.all([gaps(stage, reloads), reloads]);
        const before = load.tally.total;
        while (load.tally.total < before + 50) await stage.kong.request();
        const tally = await load.stop();
        assert.equal(tally.counts.ok, tally.total, tally.report);
        assert.equal(empty, 0, "how often nobody listened at the path");
        assert.ok(lstatSync(stage.socket).isSocket());
      });

      test(`${name}: events under way at the old server end well`, { skip }, async () => {
        const stage = await Stage.start(space, given);
        const gates = [1, 2, 3].map((number) => stage.gate(`gate${number}`));
        const held = gates.map(({ header }) => stage.kong.request({ headers: [header] }));
        // Each of them: one whose event has not begun is not under way.
        await Promise.all(gates.map((gate) => gate.holds()));
        const { old, left } = await stage.kong.reload();
        await stage.serving();
        const early = await stage.kong.request();
        assert.equal(early.kind, "ok", early.reason);
        await Promise.all(gates.map((gate) => gate.open()));
        for (const outcome of await Promise.all(held)) {
          assert.equal(outcome.kind, "ok", outcome.reason);
        }
        await left;
        assert.equal((await old.keepers[0]!.process.ended).code, 0);
        const late = await stage.kong.request();
        assert.equal(late.kind, "ok", late.reason);
      });
    }
  }
}

/** A reload up to the end of the old server; the new one serves then. */
async function reload(stage: Stage): Promise<void> {
  const { old, left } = await stage.kong.reload();
  await Promise.all([left, stage.serving()]);
  await Promise.all(old.keepers.flatMap(({ processes }) => processes.map(({ ended }) => ended)));
}

/** Looks, until `over`, whether somebody listens at the path; gives how often nobody did. */
async function gaps(stage: Stage, over: Promise<unknown>): Promise<number> {
  let isOver = false;
  void over.then(() => isOver = true, () => isOver = true);
  let gaps = 0;
  while (!isOver) {
    if (!await stage.answers()) gaps++;
    await sleep(5);
  }
  return gaps;
}
