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
  const unloadable = new Unloadable(createLogger((line) => lines.push(line)), 2);
  const dies = (
    modules: Omit<Importing, "underWay"> & Partial<Importing> | undefined,
    how: Partial<DeadWorker> = {},
  ) => {
    const importing = modules && { underWay: modules.files.length, ...modules };
    return unloadable.died({ ...CRASH, killedFor: undefined, importing, ...how });
  };
  const leftOut = () => unloadable.orders.unloadable.map(({ file }) => file);
  return { unloadable, dies, leftOut, lines };
}

describe("a worker that dies while it imports a module", () => {
  test("has it left out if it was the first of the process, and says so once", () => {
    const { dies, leftOut, lines } = court();
    assert.equal(dies({ files: ["/a.ts"], isAlone: true }), true);
    assert.equal(dies({ files: ["/a.ts"], isAlone: true }), true);
    assert.deepEqual(leftOut(), ["/a.ts"]);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /importing it ends \(SIGSEGV\).*code=PLUGIN_BROKEN file=\/a\.ts/);
  });

  test("makes it the first of the next one otherwise", () => {
    const { unloadable, dies, leftOut } = court();
    assert.equal(dies({ files: ["/b.ts"], isAlone: false }), true);
    assert.deepEqual(leftOut(), []);
    assert.deepEqual(unloadable.orders.suspects, ["/b.ts"]);
    // A timer of another module's was it.
    assert.equal(dies({ files: ["/c.ts"], isAlone: false }), true);
    assert.deepEqual(leftOut(), []);
    assert.deepEqual(unloadable.orders.suspects, ["/c.ts"]);
    assert.equal(dies({ files: ["/c.ts"], isAlone: true }), true);
    assert.deepEqual(leftOut(), ["/c.ts"]);
    assert.deepEqual(unloadable.orders.suspects, []);
  });

  test("makes all that were under way the first of the next one, each by itself", () => {
    const { unloadable, dies, leftOut } = court();
    assert.equal(dies({ files: ["/b.ts", "/a.ts"], isAlone: false }), true);
    assert.deepEqual(unloadable.orders.suspects, ["/b.ts", "/a.ts"]);
    // The first of them was innocent.
    assert.equal(dies({ files: ["/a.ts"], isAlone: false }), true);
    assert.deepEqual(unloadable.orders.suspects, ["/a.ts"]);
    assert.equal(dies({ files: ["/a.ts"], isAlone: true }), true);
    assert.deepEqual(leftOut(), ["/a.ts"]);
  });

  test("has it left out the second time, where anybody could have sent the signal", () => {
    const { dies, leftOut } = court();
    const killed = { signal: "SIGKILL" };
    assert.equal(dies({ files: ["/a.ts"], isAlone: true }, killed), true);
    assert.deepEqual(leftOut(), []);
    assert.equal(dies({ files: ["/a.ts"], isAlone: true }, killed), true);
    assert.deepEqual(leftOut(), ["/a.ts"]);
  });

  test("has it left out at once where the supervisor killed it since it was blocked", () => {
    const { dies, leftOut, lines } = court();
    dies({ files: ["/a.ts"], isAlone: true }, { signal: "SIGKILL", killedFor: "blocked" });
    assert.deepEqual(leftOut(), ["/a.ts"]);
    assert.match(lines[0]!, /importing it blocks the worker process/);
  });

  test("is not followed by others for ever when no module is found guilty", () => {
    const { dies, leftOut } = court();
    const answers = [..."abababab"].map((file) => dies({ files: [file], isAlone: false }));
    assert.deepEqual(answers, [...Array(7).fill(true), false]);
    assert.deepEqual(leftOut(), []);
  });

  test("may be followed by as many again once a module was found guilty", () => {
    const { dies, lines } = court();
    const unproven = () => [..."abababab"].map((file) => dies({ files: [file], isAlone: false }));
    unproven();
    assert.equal(dies({ files: ["/c.ts"], isAlone: true }, { code: 3, signal: null }), true);
    assert.match(lines[0]!, /importing it ends \(code 3\) the worker process/);
    assert.deepEqual(unproven(), [...Array(7).fill(true), false]);
  });

  test("is nobody's business where it imported none, or was killed for something else", () => {
    const { dies, leftOut } = court();
    assert.equal(dies(undefined), false);
    assert.equal(dies({ files: ["/a.ts"], isAlone: true }, { killedFor: "other" }), false);
    assert.equal(dies(undefined, { killedFor: "spoilt" }), false);
    assert.deepEqual(leftOut(), []);
  });

  test("since it was spoilt has the one that was under way left out", () => {
    const { unloadable, dies, leftOut, lines } = court();
    const spoilt = { killedFor: "spoilt", signal: "SIGKILL", spoilt: "it changed much" } as const;
    assert.equal(dies({ files: ["/b.ts", "/a.ts"], underWay: 1, isAlone: false }, spoilt), true);
    assert.deepEqual(leftOut(), ["/b.ts"]);
    assert.match(lines[0]!, /importing it spoils the worker process.*it changed much/);
    // Of two it may have been either.
    assert.equal(dies({ files: ["/d.ts", "/c.ts"], isAlone: false }, spoilt), true);
    assert.deepEqual(leftOut(), ["/b.ts"]);
    assert.deepEqual(unloadable.orders.suspects, ["/d.ts", "/c.ts"]);
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

  test("tells of each before and after, and which is alone in its process", async () => {
    const { report: watch, said } = report({ unloadable: [], suspects: ["/b"] });
    assert.deepEqual(watch.first, ["/b"]);
    const modules = (underWay: number, isAlone: boolean, ...files: string[]) => ({
      kind: "importing",
      modules: { files, underWay, isAlone },
    });
    assert.equal(await watch.begins("/b"), undefined);
    assert.equal(await watch.begins("/a"), undefined);
    watch.ended("/b");
    watch.ended("/a");
    assert.equal(await watch.begins("/c"), undefined);
    const none = { kind: "importing", modules: null };
    // What one does late may be seen while another one is imported.
    assert.deepEqual(said, [
      modules(1, true, "/b"),
      modules(2, false, "/a", "/b"),
      modules(1, false, "/a", "/b"),
      none,
      modules(1, false, "/c", "/a", "/b"),
    ]);
  });

  test("leaves one out until its file has changed, and tells nobody", async () => {
    const folder = await space.folder({ "a.ts": "" });
    const file = join(folder, "a.ts");
    const { unloadable, dies } = court();
    dies({ files: [file], isAlone: true });
    const { report: watch, said } = report(unloadable.orders);
    assert.match(await watch.begins(file) ?? "", /importing it ends \(SIGSEGV\) the process/);
    watch.ended(file);
    assert.deepEqual(said, []);
    utimesSync(file, 1, 1);
    assert.equal(await watch.begins(file), undefined);
  });
});
