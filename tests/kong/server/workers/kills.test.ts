// Workers that are killed one after another under load: no event fails but those in their hands.
// Slow: two servers under load whose workers are replaced four times each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useWorkspace } from "../../../support/workspace.ts";
import { RELAY, runKillLoad } from "./kill_load.ts";
import { WorkerServer } from "./support.ts";

const space = useWorkspace();
const WORKERS = 2;
const KILLS = 4;

for (const protocol of ["ProtoBuf:1", "MsgPack:1"] as const) {
  test(`over ${protocol} a killed worker takes no event with it but its own`, async () => {
    const server = await WorkerServer.launch(
      space,
      { "relay.ts": RELAY },
      "--workers",
      `${WORKERS}`,
    );
    await server.gibbon.saying("serving plugins");
    const instance = await (await server.connect()).start("relay");
    const report = await runKillLoad({
      socket: server.socket,
      instance,
      protocol,
      lanes: 8,
      workers: WORKERS,
      kills: KILLS,
      pauseMs: 50,
    });
    const { failures, errors, kills, workers } = report;
    assert.deepEqual(errors, []);
    assert.equal(kills, KILLS);
    assert.equal(workers, KILLS + WORKERS);
    // With all lanes busy some events were in the hands of those that were killed.
    assert.ok(failures.ran + failures.handed > 0, JSON.stringify(report));
    if (protocol === "ProtoBuf:1") assert.equal(failures.passed, 0);
  });
}
