// Stands in for node:test in a worker: collects tests, and runs some of them again and again.

import { clearTimeout, setTimeout } from "node:timers";

type Body = (context: { readonly name: string }) => unknown;

/** A test that was collected. */
export interface Test {
  readonly kind: "test";
  readonly name: string;
  readonly suite: Suite;
  readonly body: Body;
}

/** Tests that share hooks; each file is one. */
export interface Suite {
  readonly kind: "suite";
  readonly name: string;
  readonly suite: Suite | undefined;
  readonly members: (Test | Suite)[];
  readonly hooks: Readonly<Record<"before" | "after" | "beforeEach" | "afterEach", Body[]>>;
}

let current = newSuite("(no file)", undefined);

function newSuite(name: string, suite: Suite | undefined): Suite {
  const hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
  return { kind: "suite", name, suite, members: [], hooks };
}

/** Makes a file's suite the one that tests are collected in. */
export function beginFile(file: string): Suite {
  return current = newSuite(file, undefined);
}

type Arguments = readonly unknown[];

/** Takes node:test's arguments apart: a name, perhaps options, a function. */
function readArguments(given: Arguments) {
  const name = given.find((value) => typeof value === "string") ?? "(no name)";
  const options = given.find((value) => typeof value === "object" && value !== null);
  const body = given.find((value) => typeof value === "function");
  const { skip = false } = (options ?? {}) as { skip?: boolean | string };
  return { name, body: body as Body | undefined, skip: skip !== false || body === undefined };
}

export function test(...given: Arguments): void {
  const { name, body, skip } = readArguments(given);
  if (skip || !body) return;
  current.members.push({ kind: "test", name, suite: current, body });
}

export function describe(...given: Arguments): void {
  const { name, body, skip } = readArguments(given);
  if (skip || !body) return;
  const outer = current;
  const suite = current = newSuite(name, outer);
  try {
    if (body({ name }) instanceof Promise) throw new Error(`${name}: a suite that is async`);
  } finally {
    current = outer;
  }
  outer.members.push(suite);
}

function hook(kind: keyof Suite["hooks"]) {
  return (...given: Arguments): void => {
    const { body } = readArguments(given);
    if (body) current.hooks[kind].push(body);
  };
}

export const before = hook("before");
export const after = hook("after");
export const beforeEach = hook("beforeEach");
export const afterEach = hook("afterEach");
export { describe as suite, test as it };
export default test;

/** The tests of a suite and of those in it, in the order of the file. */
export function testsOf(suite: Suite): Test[] {
  return suite.members.flatMap((member) => member.kind === "test" ? [member] : testsOf(member));
}

/** What a run is told, and what it tells. */
export interface RunOptions {
  /** Which tests are run. */
  readonly wanted: ReadonlySet<Test>;
  /**
   * Asked when a test or hooks begin: how long they may take, in milliseconds; without end if
   * undefined.
   */
  readonly limitMs: (test: Test | undefined) => number | undefined;
  /** Rejects when something fails that no test waits for. */
  readonly guard: Promise<never>;
  /** A test is over; false ends the run, once everything is put away. */
  readonly tested: (test: Test, error: Error | undefined) => boolean;
  /** A hook ran for all of a suite's tests. */
  readonly hooked: (suite: Suite) => void;
}

/** A test or hook did not end in its time. Nothing can be put away then. */
export class TookTooLong extends Error {}

/**
 * Runs some tests of a suite, one after the other, as node:test does.
 *
 * @returns whether the run is to go on
 * @throws {TookTooLong}
 */
export async function runSuite(suite: Suite, options: RunOptions): Promise<boolean> {
  const tests = testsOf(suite).filter((one) => options.wanted.has(one));
  if (tests.length === 0) return true;
  const failed = await runAll(suite.hooks.before, suite.name, undefined, options);
  options.hooked(suite);
  let goesOn = failed ? options.tested(tests[0]!, failed) : true;
  for (const member of failed ? [] : suite.members) {
    if (!goesOn) break;
    if (member.kind === "suite") goesOn = await runSuite(member, options);
    else if (options.wanted.has(member)) {
      goesOn = options.tested(member, await runTest(member, options));
    }
  }
  const unclean = await runAll(suite.hooks.after, suite.name, undefined, options);
  options.hooked(suite);
  if (unclean && goesOn) goesOn = options.tested(tests.at(-1)!, unclean);
  return goesOn;
}

async function runTest(one: Test, options: RunOptions): Promise<Error | undefined> {
  const suites: Suite[] = [];
  for (let suite: Suite | undefined = one.suite; suite; suite = suite.suite) suites.unshift(suite);
  const before = suites.flatMap(({ hooks }) => hooks.beforeEach);
  const after = suites.reverse().flatMap(({ hooks }) => hooks.afterEach);
  const failed = await runAll([...before, one.body], one.name, one, options);
  const unclean = await runAll(after, one.name, one, options);
  return failed ?? unclean;
}

/** Runs functions until one fails; the error if one does. */
async function runAll(
  bodies: readonly Body[],
  name: string,
  one: Test | undefined,
  { guard, limitMs }: RunOptions,
): Promise<Error | undefined> {
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const limit = limitMs(one);
  const timer = limit && setTimeout(() => late.reject(new TookTooLong(name)), limit);
  try {
    for (const body of bodies) await Promise.race([body({ name }), guard, late.promise]);
    return undefined;
  } catch (error) {
    if (error instanceof TookTooLong) throw error;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}
