// A whole server under fuzz: it lives, its log stays short, and a canary beside all that sings on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Canary } from "../../scripts/fuzz/canary.ts";
import { keptSeeds } from "../../scripts/fuzz/seeds.ts";
import { playRound, serverName } from "../../scripts/fuzz/server/play.ts";
import { FuzzedServer } from "../../scripts/fuzz/server/serve.ts";
import { gibbonCommand } from "../support/gibbon.ts";
import { PATIENCE_MS } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

/** Rounds of the gate, by seed. */
const SEEDS = [1];

describe("a server under fuzz", () => {
  const space = useWorkspace();
  for (const protocol of ["msgpack", "protobuf"] as const) {
    test(`over ${protocol}`, async () => {
      const server = await FuzzedServer.start(gibbonCommand(), await space.folder());
      space.later(() => server.stop());
      const canary = new Canary(server.socket, PATIENCE_MS);
      const stage = { socket: server.socket, protocol, patienceMs: PATIENCE_MS };
      const kept = keptSeeds().filter(({ decoder }) => decoder === serverName(protocol));
      for (const seed of [...SEEDS, ...kept.map(({ seed }) => seed)]) {
        const { failure } = await playRound(stage, seed);
        assert.equal(failure, undefined, failure?.problem);
        assert.equal(server.problem(), undefined);
      }
      const { problems, events } = await canary.stop();
      assert.deepEqual(problems, []);
      assert.ok(events > 0);
    });
  }
});
