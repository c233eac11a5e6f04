// A process on Node that runs tests on instrumented sources, one mutant after the other.
import child_process from "node:child_process";
import module from "node:module";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { beginFile, runSuite, type Suite, type Test, testsOf, TookTooLong } from "./collector.ts";
import { type Answer, ANSWER_MARK, FIRST_MUTANT, type Hits, type Order } from "./orders.ts";
import type { MeasuredTest, Unit } from "./orders.ts";

/** The mutant that is on; 0 for none. */
let active = Number(process.env[FIRST_MUTANT] ?? 0);
/** Whether a test of this run came by more than it may. */
let runaway = false;
/** Places of mutants that were come by since the test began, and how many may be. */
let places = 0;
let maxPlaces = Infinity;
/** Counts by number while they are taken. */
let hits: Map<number, number> | undefined = new Map();

function isOn(id: number): boolean {
  hits?.set(id, (hits.get(id) ?? 0) + 1);
  if (++places > maxPlaces) {
    runaway = true;
    throw new Error("the mutant does not end");
  }
  return id === active;
}

/** Gives the next test its allowance. */
function begin(allowance: number): void {
  places = 0;
  maxPlaces = allowance;
}

function takeHits(): Map<number, number> {
  const taken = hits ?? new Map<number, number>();
  hits = new Map();
  return taken;
}

// Tests may put something in its place for a while.
const write = process.stdout.write.bind(process.stdout);

function say(answer: Answer): void {
  write(`\n${ANSWER_MARK}${JSON.stringify(answer)}\n`);
}

/** Rejects when something fails that no test waits for. */
let guard = Promise.withResolvers<never>();
let stray = false;

function onStray(error: unknown): void {
  stray = true;
  guard.reject(error);
}

function newGuard(): void {
  stray = false;
  guard = Promise.withResolvers<never>();
  guard.promise.catch(() => {});
}

const files = new Map<string, { readonly suite: Suite; readonly tests: readonly Test[] }>();

async function load(file: string) {
  const loaded = files.get(file);
  if (loaded) return loaded;
  const suite = beginFile(file);
  await import(pathToFileURL(path.resolve(file)).href);
  const entry = { suite, tests: testsOf(suite) };
  files.set(file, entry);
  return entry;
}

async function measure(file: string): Promise<Answer> {
  takeHits();
  try {
    const { suite, tests } = await load(file);
    const loading = [...takeHits()];
    const first = await measureOnce(suite, tests);
    const passed = tests.filter((test) => !first.get(test)?.error);
    const second = await measureOnce(suite, passed);
    return { kind: "measured", loading, tests: tests.map((test) => compare(test, first, second)) };
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error);
    return { kind: "measured", loading: [], tests: [], trouble };
  }
}

/** What one test did in one run. */
interface Taken {
  ms: number;
  error: Error | undefined;
  readonly hits: Map<number, number>;
}

async function measureOnce(suite: Suite, tests: readonly Test[]): Promise<Map<Test, Taken>> {
  const taken = new Map<Test, Taken>();
  const add = (test: Test, more: Map<number, number>) => {
    const entry = taken.get(test) ?? { ms: 0, error: undefined, hits: new Map() };
    taken.set(test, entry);
    for (const [id, count] of more) entry.hits.set(id, (entry.hits.get(id) ?? 0) + count);
    return entry;
  };
  let since = performance.now();
  newGuard();
  takeHits();
  await runSuite(suite, {
    wanted: new Set(tests),
    limitMs: () => undefined,
    guard: guard.promise,
    tested(test, error) {
      const entry = add(test, takeHits());
      entry.error ??= error;
      entry.ms += performance.now() - since;
      since = performance.now();
      return true;
    },
    hooked(ofSuite) {
      const shared = takeHits();
      for (const test of testsOf(ofSuite)) add(test, shared);
      since = performance.now();
    },
  });
  return taken;
}

function compare(test: Test, first: Map<Test, Taken>, second: Map<Test, Taken>): MeasuredTest {
  const [one, two] = [first.get(test), second.get(test)];
  return {
    name: test.name,
    ms: Math.max(one?.ms ?? 0, two?.ms ?? 0),
    trouble: one?.error?.message,
    onlyOnce: two?.error !== undefined,
    hits: [...one?.hits ?? []] satisfies Hits,
    once: [...one?.hits.keys() ?? []].filter((id) => !two?.hits.has(id)),
  };
}

async function loadAll(names: readonly string[]): Promise<Answer> {
  try {
    for (const file of names) await load(file);
    return { kind: "loaded" };
  } catch (error) {
    return { kind: "loaded", trouble: String(error) };
  }
}

async function run(order: Order & { kind: "run" }): Promise<Answer> {
  hits = undefined;
  newGuard();
  runaway = false;
  active = order.mutant;
  let failed: Unit | undefined;
  try {
    for (const unit of order.units) {
      failed = await runUnit(unit);
      if (failed) break;
    }
    // What the last test left behind may still fail.
    await setImmediate();
  } catch (error) {
    if (error instanceof TookTooLong) return { kind: "late" };
    throw error;
  } finally {
    active = 0;
    maxPlaces = Infinity;
  }
  if (runaway) return { kind: "runaway", by: stray ? undefined : failed };
  if (stray) return { kind: "killed", by: undefined };
  return failed ? { kind: "killed", by: failed } : { kind: "survived" };
}

/** Gives the test that failed, if one did. */
async function runUnit({ file, tests }: Unit): Promise<Unit | undefined> {
  const loaded = await load(file);
  const chosen = new Map(tests.map((one) => [loaded.tests[one.at]!, one]));
  const longest = {
    limitMs: Math.max(...tests.map(({ limitMs }) => limitMs)),
    maxPlaces: Math.max(...tests.map(({ maxPlaces }) => maxPlaces)),
  };
  let failed: Unit | undefined;
  await runSuite(loaded.suite, {
    wanted: new Set(chosen.keys()),
    limitMs(test) {
      const { limitMs, maxPlaces: allowance } = test && chosen.get(test) || longest;
      begin(allowance);
      say({ kind: "begun", limitMs });
      return limitMs;
    },
    guard: guard.promise,
    tested(test, error) {
      if (error) failed = { file, tests: [chosen.get(test)!] };
      return !error;
    },
    hooked() {},
  });
  return failed;
}

/**
 * Tests that start processes would wait for programs that have no mutants. The reaper of
 * tests/support runs none of our code: it removes what a test process leaves behind.
 */
function forbidProcesses(): void {
  const starters = child_process as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const [name, start] of Object.entries(starters)) {
    if (!/^(?:spawn|exec|fork)/.test(name)) continue;
    starters[name] = (...given) => {
      const [program, args] = given;
      if (program === "sh" && Array.isArray(args) && args.includes("reaper")) {
        return start(...given);
      }
      throw new Error("it starts a process");
    };
  }
  module.syncBuiltinESMExports();
}

/** Gives test files the collector in the place of node:test. */
function replaceNodeTest(): void {
  const url = new URL("./collector.ts", import.meta.url).href;
  module.registerHooks({
    resolve(specifier, context, next) {
      return specifier === "node:test" ? { url, shortCircuit: true } : next(specifier, context);
    },
  });
}

function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case "measure":
      return measure(order.file);
    case "load":
      return loadAll(order.files);
    case "run":
      return run(order);
  }
}

Object.assign(globalThis, { __mutant__: isOn });
process.on("uncaughtException", onStray);
process.on("unhandledRejection", onStray);
forbidProcesses();
replaceNodeTest();
newGuard();

for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as Order;
  say(await obey(order));
}
process.exit();
