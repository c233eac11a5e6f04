// Requests that end the process which serves them: they cost at most two processes, and nobody else
// anything.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { lives } from "../../support/process.ts";
import { useWorkspace } from "../../support/workspace.ts";
import type { Program } from "../support/programs.ts";
import { until } from "../../support/until.ts";
import { Load } from "./nginx/load.ts";
import type { Outcome } from "./nginx/outcome.ts";
import type { Way } from "./plugins.ts";
import { deadlyOver, GUARDED_LAYOUTS, guardOver, Stage } from "./stage.ts";

/** One death, or two where it cannot be told at once which event it was. */
const MOST_DEATHS = 2;

/** Clients with requests that harm nobody, and their pause, so that few are under way at a death. */
const LANES = 3;
const PAUSE_MS = 30;

/**
 * What nginx says of a connection whose server died with unread bytes; and what Kong says of an event
 * that happened to run at two deaths, where nobody can tell it from the one that killed: it is refused
 * once. Either way the client gets a 500, and nothing is let through.
 */
const LOST = /connection reset by peer|broken pipe|the server stopped guard in access/;

const GUARDED = { plugins: ["guard"] };

/** A request that ends the process of its plugin. */
const poison = (way: Way) => ({ plugins: ["deadly"], headers: [["x-die", way]] as const });

/** Has requests of the guard made all the time while something happens; gives those that failed. */
async function meanwhile(
  { kong }: Stage,
  something: () => Promise<void>,
): Promise<readonly Outcome[]> {
  const harmed: Outcome[] = [];
  const load = new Load(kong, {
    lanes: LANES,
    pauseMs: PAUSE_MS,
    request: () => GUARDED,
    see: (outcome) => void (outcome.kind === "ok" || harmed.push(outcome)),
  });
  while (load.tally.total < LANES) await kong.request(GUARDED);
  await something();
  const before = load.tally.total;
  while (load.tally.total < before + 2 * LANES) await kong.request(GUARDED);
  await load.stop();
  return harmed;
}

/** Asserts that there were processes that died, but not too many; settles when they are gone. */
async function assertDeaths({ deaths }: Stage): Promise<void> {
  await until(() => !deaths.some(lives));
  assert.ok(deaths.length >= 1 && deaths.length <= MOST_DEATHS, `${deaths.length} deaths`);
}

const show = (outcomes: readonly Outcome[]) =>
  JSON.stringify(outcomes.map(({ kind, reason }) => `${kind}: ${reason}`));

/** Ways to die whatever the runtime; and to have no memory left, where its limit can be set. */
const WAYS: readonly Way[] = ["kill", "crash"];

/** How to tell a runtime that it may have but little memory; Bun has no such limit. */
const SMALL_HEAP: Readonly<Record<string, string>> = process.versions["deno"]
  ? { DENO_V8_FLAGS: "--max-old-space-size=96" }
  : { NODE_OPTIONS: "--max-old-space-size=96" };

/** Declares the tests for a form of gibbon. */
export function testPoison(program: Program): void {
  const space = useWorkspace();
  const { skip } = program;
  for (const { what, serve } of GUARDED_LAYOUTS) {
    for (const way of WAYS) {
      const name = `${program.what}, ${what}: a request that ends its process (${way})`;

      test(`${name} over ProtoBuf:1`, { skip }, async () => {
        const plugins = [guardOver("ProtoBuf:1"), deadlyOver("ProtoBuf:1")];
        const stage = await Stage.start(space, { program, serve, plugins, kong: { workers: 2 } });
        await stage.served();
        const harmed = await meanwhile(stage, async () => {
          const outcome = await stage.kong.request(poison(way));
          assert.equal(outcome.kind, "failed", outcome.reason);
          await stage.served({ plugins: ["deadly"] });
        });
        await assertDeaths(stage);
        const lost = harmed.filter(({ reason }) => LOST.test(reason ?? ""));
        assert.equal(harmed.length, lost.length, show(harmed));
        assert.ok(lost.length <= LANES * stage.deaths.length, show(harmed));
      });
    }

    test(`${program.what}, ${what}: the same over MsgPack:1`, { skip }, async () => {
      const plugins = [guardOver("MsgPack:1"), deadlyOver("MsgPack:1")];
      const stage = await Stage.start(space, { program, serve, plugins, kong: { workers: 2 } });
      await stage.served();
      const outcome = await stage.kong.request(poison("kill"));
      assert.notEqual(outcome.kind, "hung");
      await assertDeaths(stage);
      // Nothing else was under way: nothing else may be harmed from the moment that it is gone.
      for (let i = 0; i < 10; i++) {
        const next = await stage.kong.request(GUARDED);
        assert.equal(next.kind, "ok", `request ${i}: ${next.reason}`);
      }
    });

    test(
      `${program.what}, ${what}: a plugin that keeps killing harms no other`,
      { skip },
      async () => {
        const plugins = [guardOver("ProtoBuf:1"), deadlyOver("ProtoBuf:1")];
        const stage = await Stage.start(space, { program, serve, plugins });
        await stage.served();
        const server = stage.server.pid;
        const harmed = await meanwhile(stage, async () => {
          for (let i = 0; i < 5; i++) {
            const outcome = await stage.kong.request(poison("kill"));
            assert.equal(outcome.kind, "failed", outcome.reason);
          }
        });
        assert.ok(stage.deaths.length <= 5 * MOST_DEATHS, `${stage.deaths.length} deaths`);
        const lost = harmed.filter(({ reason }) => LOST.test(reason ?? ""));
        assert.equal(harmed.length, lost.length, show(harmed));
        assert.ok(lost.length <= LANES * stage.deaths.length, show(harmed));
        // What Kong started is still the same process: it never had to start another.
        assert.equal(stage.server.pid, server);
        process.kill(server, 0);
      },
    );
  }
}

/** Declares the test of memory that runs out, where a limit can be set. */
export function testMemory(program: Program): void {
  const space = useWorkspace();
  const skip = process.versions["bun"] ? "Bun's heap has no limit but the machine's" : program.skip;
  test(`${program.what}: memory that runs out costs no more`, { skip }, async () => {
    const plugins = [guardOver("ProtoBuf:1"), deadlyOver("ProtoBuf:1")];
    const stage = await Stage.start(space, { program, plugins, kong: { env: SMALL_HEAP } });
    await stage.served();
    const outcome = await stage.kong.request({ ...poison("memory"), patienceMs: 60_000 });
    assert.equal(outcome.kind, "failed", outcome.reason);
    await stage.served(GUARDED);
    await assertDeaths(stage);
  });
}
