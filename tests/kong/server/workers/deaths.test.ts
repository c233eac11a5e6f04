// What follows from each way in which a worker dies: who is refused from then on, what the log says of it, and
// whether the supervisor may go on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../../../src/base/log.ts";
import { Blame, SOON } from "../../../../src/kong/server/workers/blame.ts";
import { type DeadWorker, isFromAnybody } from "../../../../src/kong/server/workers/dead_worker.ts";
import { Deaths } from "../../../../src/kong/server/workers/deaths.ts";
import type { QuarantineState } from "../../../../src/kong/server/workers/quarantine.ts";
import type { Running } from "../../../../src/kong/server/workers/running/record.ts";

const NAMES: Readonly<Record<number, string>> = { 1: "bad", 2: "good", 3: "other" };

const ran = (instance: number, part: Partial<Running> = {}): Running => ({
  instance,
  doing: "access",
  waits: false,
  current: false,
  ...part,
});

/** A worker that crashed in an access handler of `bad`. */
const CRASHED: DeadWorker = {
  slot: 2,
  pid: 77,
  code: null,
  signal: "SIGSEGV",
  killedFor: undefined,
  spoiltBy: undefined,
  running: [ran(1)],
  events: 1,
  importing: undefined,
};

function court() {
  const entries: string[] = [];
  const forgotten: number[] = [];
  const told: QuarantineState[] = [];
  const deaths = new Deaths({
    log: createLogger((line) => entries.push(line), "debug"),
    identify: (instance) => {
      const plugin = NAMES[instance];
      return plugin === undefined ? undefined : { plugin, likeness: `of ${plugin}` };
    },
    fileOf: (plugin) => plugin === "other" ? undefined : `/p/${plugin}.ts`,
    forget: (instance) => forgotten.push(instance),
    tell: (state) => told.push(state),
  });
  const dies = (how: Partial<DeadWorker> = {}, isKnown?: boolean) =>
    deaths.died({ ...CRASHED, ...how }, isKnown);
  const held = () => deaths.state.poison.map(({ plugin, doing, left }) => [plugin, doing, left]);
  return { deaths, dies, held, entries, forgotten, told };
}

describe("a worker that crashed", () => {
  test("has what alone ran in it refused, which all workers are told", () => {
    const { dies, held, told, entries } = court();
    assert.equal(dies({ running: [ran(1), ran(2, { waits: true })] }), true);
    assert.deepEqual(held(), [["bad", "access", 1]]);
    assert.deepEqual(told.map(({ poison }) => poison.length), [1]);
    assert.equal(
      entries[0],
      "[error] a worker process died; another one takes its place worker=2 pid=77 signal=SIGSEGV " +
        "events=2 plugin=bad phase=access file=/p/bad.ts remedy=" +
        '"What the plugin ran there killed the process. It is not run again when Kong repeats it."',
    );
  });

  test("in more than one has none refused, and names all whose code ran, each once", () => {
    const { dies, held, told, entries } = court();
    const running = [ran(1), ran(1), ran(2, { doing: "log" }), ran(3, { waits: true }), ran(9)];
    assert.equal(dies({ running, code: 134, signal: null }), false);
    assert.deepEqual([held(), told], [[], []]);
    assert.equal(
      entries[0],
      "[error] a worker process died; another one takes its place worker=2 pid=77 code=134 " +
        'events=4 running="bad/access good/log"',
    );
  });

  test("in nothing that is known has none refused, and names nobody", () => {
    for (const running of [undefined, [], [ran(9)], [ran(1, { waits: true })]]) {
      const { dies, held, told, entries } = court();
      assert.equal(dies({ running }), false);
      assert.deepEqual([held(), told], [[], []]);
      assert.doesNotMatch(entries[0]!, /running=|plugin=|phase=|file=|remedy=|reason=/);
    }
  });

  test("of something else that is known has none refused", () => {
    const { dies, held, told } = court();
    assert.equal(dies({}, true), true);
    assert.deepEqual([held(), told], [[], []]);
  });

  test("by a plugin whose file is not known is told of without it", () => {
    const { dies, entries } = court();
    assert.equal(dies({ running: [ran(3)] }), true);
    assert.match(entries[0]!, / plugin=other phase=access remedy=/);
  });
});

describe("a worker that somebody from outside may have killed", () => {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"]) {
    test(`has none refused the first time, and who ran both times the second: ${signal}`, () => {
      const { dies, held } = court();
      assert.equal(dies({ signal, running: [ran(1)] }), false);
      assert.deepEqual(held(), []);
      assert.equal(dies({ signal, running: [ran(1), ran(2)] }), true);
      assert.deepEqual(held(), [["bad", "access", 1]]);
    });
  }

  test("is killed by nobody else with any other signal, or with a code", () => {
    for (const signal of ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", null]) {
      assert.equal(isFromAnybody(signal), false);
      assert.equal(court().dies({ signal }), true);
    }
  });

  test("is the supervisor's own doing where it killed it for something else", () => {
    const { dies, held, entries } = court();
    assert.equal(dies({ signal: "SIGSEGV", killedFor: "other" }), false);
    assert.deepEqual(held(), []);
    assert.doesNotMatch(entries[0]!, /reason=/);
  });
});

describe("a worker that the supervisor killed", () => {
  test("since it was blocked has what ran last refused, all of it for a moment", () => {
    const { dies, deaths, entries } = court();
    const running = [ran(1, { current: true }), ran(2)];
    const before = Date.now();
    assert.equal(dies({ signal: "SIGKILL", killedFor: "blocked", running }), true);
    const [poison, ...more] = deaths.state.poison;
    assert.deepEqual([poison!.plugin, more], ["bad", []]);
    assert.ok(poison!.allUntilMs >= before + 2000);
    assert.match(entries[0]!, / reason="its event loop was blocked"/);
    const other = court();
    other.dies();
    assert.deepEqual(other.deaths.state.poison.map(({ allUntilMs }) => allUntilMs), [0]);
  });

  test("since a plugin has spoilt it names that plugin, whatever ran", () => {
    const { dies, held, entries } = court();
    const spoilt = { killedFor: "spoilt", spoiltBy: "good", signal: "SIGKILL" } as const;
    assert.equal(dies({ ...spoilt, running: [] }), true);
    assert.match(entries[0]!, / reason="a plugin has spoilt it" events=0 plugin=good file=/);
    assert.equal(dies(spoilt), true);
    assert.match(entries[1]!, / plugin=good file=\/p\/good\.ts/);
    assert.doesNotMatch(entries[1]!, /phase=/);
    assert.deepEqual(held(), [["bad", "access", 1]]);
  });

  test("since it was spoilt counts once: when that was found, not when it died", () => {
    const { deaths, dies, told, entries } = court();
    const spoilt = { killedFor: "spoilt", spoiltBy: "bad", signal: "SIGKILL" } as const;
    deaths.spoilt("bad");
    dies(spoilt);
    deaths.spoilt("bad");
    dies(spoilt);
    assert.deepEqual(deaths.state.stopped, []);
    assert.equal(told.some(({ stopped }) => stopped.length > 0), false);
    assert.equal(entries.some((entry) => entry.includes("a plugin is stopped")), false);
    deaths.spoilt("bad");
    assert.deepEqual(deaths.state.stopped.map(({ plugin }) => plugin), ["bad"]);
    assert.deepEqual(told.at(-1)!.stopped.map(({ plugin }) => plugin), ["bad"]);
    assert.match(
      entries.at(-1)!,
      /^\[error\] a plugin is stopped: .* code=PLUGIN_STOPPED plugin=bad file=\/p\/bad\.ts seconds=10 remedy=/,
    );
  });
});

describe("a plugin whose workers keep crashing", () => {
  test("is stopped at the third death of one that had just begun, and said to be once", () => {
    const { dies, deaths, told, entries } = court();
    for (let time = 0; time < 2; time++) dies();
    assert.deepEqual(deaths.state.stopped, []);
    dies({ events: SOON - 1 });
    assert.deepEqual(told.at(-1)!.stopped.map(({ plugin }) => plugin), ["bad"]);
    const stops = entries.filter((entry) => entry.includes("a plugin is stopped"));
    assert.equal(stops.length, 1);
    assert.match(stops[0]!, /code=PLUGIN_STOPPED plugin=bad file=\/p\/bad\.ts seconds=10 /);
  });

  test("is not stopped where they had served well before", () => {
    const { dies, deaths } = court();
    for (let time = 0; time < 5; time++) dies({ events: SOON });
    assert.deepEqual(deaths.state.stopped, []);
    assert.deepEqual([Blame.soon({ events: SOON - 1 }), Blame.soon({ events: SOON })], [
      true,
      false,
    ]);
  });
});

describe("the start of an instance that kills", () => {
  test("is not made again in a new worker, and that of no other", () => {
    const { dies, forgotten, entries, held } = court();
    const init = { doing: "init" } as const;
    const running = [ran(1, init), ran(1, init), ran(2, { ...init, waits: true })];
    assert.equal(dies({ running }), true);
    assert.deepEqual(held(), [["bad", "init", 2]]);
    assert.deepEqual(forgotten, [1, 1]);
    assert.match(entries[0]!, / events=0 plugin=bad phase=init /);
  });

  test("is made again where an event was it", () => {
    const { dies, forgotten } = court();
    dies();
    assert.deepEqual(forgotten, []);
  });
});

describe("an event that a worker has refused", () => {
  test("is one less, which all workers are told", () => {
    const { deaths, dies, held, told } = court();
    dies({ running: [ran(1), ran(1)] });
    assert.deepEqual(held(), [["bad", "access", 2]]);
    const suspect = { plugin: "bad", likeness: "of bad", doing: "access" } as const;
    deaths.refused(suspect);
    assert.deepEqual(held(), [["bad", "access", 1]]);
    assert.deepEqual(told.at(-1)!.poison.map(({ left }) => left), [1]);
    deaths.refused(suspect);
    assert.deepEqual([held(), told.at(-1)!.poison], [[], []]);
  });
});

describe("blame for a death from outside", () => {
  const one = (plugin: string) => ({ ...ran(1), plugin, likeness: "" });
  const judge = (events: number, nowMs: number) => {
    const blame = new Blame();
    const death = { running: [one("a")], how: "unclear" } as const;
    blame.judge({ ...death, events: 0, nowMs: 0 });
    return blame.judge({ ...death, events, nowMs }).length;
  };

  test("falls on who ran at both within a minute, in workers that had begun little", () => {
    assert.equal(judge(SOON - 1, 59_999), 1);
    assert.equal(judge(SOON, 1), 0);
    assert.equal(judge(0, 60_000), 0);
  });

  test("that is sure falls on who ran at both, however much was served before", () => {
    const blame = new Blame();
    const crash = { how: "crash", events: 10 * SOON, nowMs: 0 } as const;
    assert.deepEqual(blame.judge({ ...crash, running: [one("a"), one("b")] }), []);
    const [convict, ...more] = blame.judge({ ...crash, running: [one("c"), one("b")] });
    assert.deepEqual([convict?.plugin, more], ["b", []]);
  });

  test("for a loop is nobody's if nothing ran last", () => {
    const blame = new Blame();
    const blocked = { how: "blocked", events: 0, nowMs: 0 } as const;
    assert.deepEqual(blame.judge({ ...blocked, running: [one("a"), one("b")] }), []);
    assert.equal(blame.judge({ ...blocked, running: [one("c")] }).length, 1);
  });
});
