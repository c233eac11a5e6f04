// Which modules a supervisor has its workers leave out, after workers died while they imported some.
import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createLogger } from "../../../../src/base/log.ts";
import type { DeadWorker, Importing } from "../../../../src/kong/server/workers/dead_worker.ts";
import { ImportReport } from "../../../../src/kong/server/workers/import_report.ts";
import type { ToSupervisor } from "../../../../src/kong/server/workers/messages.ts";
import { Unloadable } from "../../../../src/kong/server/workers/unloadable.ts";
import { useWorkspace } from "../../../support/workspace.ts";

const space = useWorkspace();

const CRASH = {
  slot: 0,
  pid: 5,
  code: null,
  signal: "SIGSEGV",
  running: [],
  events: 0,
  spoiltBy: undefined,
} as const;

function court() {
  const lines: string[] = [];
  const unloadable = new Unloadable(createLogger((line) => lines.push(line)));
  const dies = (importing: Importing | undefined, how: Partial<DeadWorker> = {}) =>
    unloadable.died({ ...CRASH, killedFor: undefined, importing, ...how });
  const leftOut = () => unloadable.orders.unloadable.map(({ file }) => file);
  return { unloadable, dies, leftOut, lines };
}

describe("a worker that dies while it imports a module", () => {
  test("has it left out if it was the first of the process, and says so once", () => {
    const { dies, leftOut, lines } = court();
    assert.equal(dies({ file: "/a.ts", isFirst: true }), true);
    assert.equal(dies({ file: "/a.ts", isFirst: true }), true);
    assert.deepEqual(leftOut(), ["/a.ts"]);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /importing it ends \(SIGSEGV\).*code=PLUGIN_BROKEN file=\/a\.ts/);
  });

  test("makes it the first of the next one otherwise", () => {
    const { unloadable, dies, leftOut } = court();
    assert.equal(dies({ file: "/b.ts", isFirst: false }), true);
    assert.deepEqual(leftOut(), []);
    assert.equal(unloadable.orders.suspect, "/b.ts");
    // A timer of another module's was it.
    assert.equal(dies({ file: "/c.ts", isFirst: false }), true);
    assert.deepEqual(leftOut(), []);
    assert.equal(unloadable.orders.suspect, "/c.ts");
    assert.equal(dies({ file: "/c.ts", isFirst: true }), true);
    assert.deepEqual(leftOut(), ["/c.ts"]);
    assert.equal(unloadable.orders.suspect, null);
  });

  test("has it left out the second time, where anybody could have sent the signal", () => {
    const { dies, leftOut } = court();
    const killed = { signal: "SIGKILL" };
    assert.equal(dies({ file: "/a.ts", isFirst: true }, killed), true);
    assert.deepEqual(leftOut(), []);
    assert.equal(dies({ file: "/a.ts", isFirst: true }, killed), true);
    assert.deepEqual(leftOut(), ["/a.ts"]);
  });

  test("has it left out at once where the supervisor killed it since it was blocked", () => {
    const { dies, leftOut, lines } = court();
    dies({ file: "/a.ts", isFirst: true }, { signal: "SIGKILL", killedFor: "blocked" });
    assert.deepEqual(leftOut(), ["/a.ts"]);
    assert.match(lines[0]!, /importing it blocks the worker process/);
  });

  test("is not followed by others for ever when no module is found guilty", () => {
    const { dies, leftOut } = court();
    const answers = ["/a", "/b", "/a", "/b"].map((file) => dies({ file, isFirst: false }));
    assert.deepEqual(answers, [true, true, true, false]);
    assert.deepEqual(leftOut(), []);
  });

  test("is nobody's business where it imported none, or was killed for something else", () => {
    const { dies, leftOut } = court();
    assert.equal(dies(undefined), false);
    assert.equal(dies({ file: "/a.ts", isFirst: true }, { killedFor: "other" }), false);
    assert.equal(dies({ file: "/a.ts", isFirst: true }, { killedFor: "spoilt" }), false);
    assert.deepEqual(leftOut(), []);
  });
});

describe("a worker that imports modules", () => {
  function report(orders: ConstructorParameters<typeof ImportReport>[1]) {
    const said: unknown[] = [];
    const line = {
      ask: (question: ToSupervisor) => Promise.resolve(void said.push(question)),
      tell: (question: ToSupervisor) => void said.push(question),
    };
    return { report: new ImportReport(line, orders), said };
  }

  test("tells of each before and after, and of the first by itself", async () => {
    const { report: watch, said } = report({ unloadable: [], suspect: "/b" });
    assert.equal(watch.first, "/b");
    const module = (file: string, isFirst: boolean) => ({
      kind: "importing",
      module: { file, isFirst },
    });
    assert.equal(await watch.begins("/b"), undefined);
    assert.equal(await watch.begins("/a"), undefined);
    watch.ended("/a");
    watch.ended("/b");
    const none = { kind: "importing", module: null };
    assert.deepEqual(said, [module("/b", true), module("/a", false), module("/b", true), none]);
  });

  test("leaves one out until its file has changed, and tells nobody", async () => {
    const folder = await space.folder({ "a.ts": "" });
    const file = join(folder, "a.ts");
    const { unloadable, dies } = court();
    dies({ file, isFirst: true });
    const { report: watch, said } = report(unloadable.orders);
    assert.match(await watch.begins(file) ?? "", /importing it ends \(SIGSEGV\) the process/);
    watch.ended(file);
    assert.deepEqual(said, []);
    utimesSync(file, 1, 1);
    assert.equal(await watch.begins(file), undefined);
  });
});
