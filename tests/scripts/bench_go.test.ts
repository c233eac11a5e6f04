// The bench's programs in Go: the load counts what it is told to count, on the bare responder and on
// the plugin.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { cpuSeconds } from "../../scripts/bench/cpu.ts";
import { buildGoPrograms, type GoPrograms, SOURCES } from "../../scripts/bench/go_programs.ts";
import { type Folder, makeFolder } from "../support/folder.ts";
import { goMissing } from "../support/go.ts";
import { RUNS_ON_NODE_ALONE } from "../support/once.ts";
import { runProcess } from "../support/process.ts";
import { startPeer } from "../kong/peers/tour.ts";

const missing = RUNS_ON_NODE_ALONE ?? await goMissing(pathToFileURL(`${SOURCES}/`));

// The reason is in the title because Bun and Deno do not print that of a skip.
if (missing !== undefined) test(missing, { skip: true }, () => {});
else describe("the bench's load in Go", measure);

function measure(): void {
  let work: Folder;
  let programs: GoPrograms;
  before(async () => {
    work = await makeFolder();
    programs = await buildGoPrograms(work.path);
  });
  after(() => work.remove());

  for (const name of ["bare", "plugin"] as const) {
    test(`gets its events answered by the ${name}`, async () => {
      const socket = join(work.path, name === "bare" ? "bare.socket" : "bench.socket");
      const args = name === "bare" ? [socket] : ["-kong-prefix", work.path];
      const peer = await startPeer([programs[name], ...args], socket);
      try {
        const order = { socket, plugin: "bench", connections: 3, warmUpMs: 10, countMs: 1000 };
        const { stdout } = await runProcess([programs.load, JSON.stringify(order)]);
        const tally = JSON.parse(stdout);
        const counted = tally.durations.reduce((sum: number, [, n]: number[]) => sum + n!, 0);
        assert.ok(tally.events > 0);
        assert.equal(tally.events, counted);
        assert.ok(tally.total > tally.events);
      } finally {
        await peer.stop();
      }
    });
  }
}

describe("computing time", () => {
  const noProc = process.platform === "linux" ? false : "only Linux has /proc";

  test("is told of a process, and not of one that is not there", { skip: noProc }, async () => {
    assert.ok(await cpuSeconds(process.pid) > 0);
    assert.ok(Number.isNaN(await cpuSeconds(2 ** 30)));
  });
});
