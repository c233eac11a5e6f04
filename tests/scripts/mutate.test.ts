// The mutation run: what it changes, how changed sources behave, and what it says of a small project.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import module from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ACCEPTED, reasonFor } from "../../scripts/mutate/accepted.ts";
import { instrument } from "../../scripts/mutate/instrument.ts";
import { makeMutants } from "../../scripts/mutate/mutants.ts";
import { findMutations, type Mutation } from "../../scripts/mutate/mutations.ts";
import { distancesFrom } from "../../scripts/mutate/reach.ts";
import { formatTally, score, tally } from "../../scripts/mutate/report.ts";
import { mutate, type MutateOptions } from "../../scripts/mutate/run.ts";
import { sample } from "../../scripts/mutate/sample.ts";
import { parseModule } from "../../scripts/mutate/syntax.ts";
import { useWorkspace } from "../support/workspace.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The run itself takes types out of sources with what Bun does not have; it is started on Deno. */
const skip = "stripTypeScriptTypes" in module ? false : "this runtime cannot take types out";

function mutationsOf(code: string): Mutation[] {
  return findMutations(code, parseModule(code));
}

/** Each mutation as the changed text and what it becomes. */
function changes(code: string): string[] {
  return mutationsOf(code).map(({ start, end, text }) => `${code.slice(start, end)} -> ${text}`);
}

describe("a source is changed", () => {
  const cases: Readonly<Record<string, readonly [code: string, ...changes: string[]]>> = {
    "in a condition with a boundary": [
      "if (a < b) x = 1;",
      "a < b -> true",
      "a < b -> false",
      "< -> <=",
      "x = 1 -> undefined",
    ],
    "in a comparison that is a value": [
      "x = a < b;",
      "x = a < b -> undefined",
      "< -> <=",
      "< -> >=",
    ],
    "in a loop, but not so that it never ends": [
      "while (a !== b) a++;",
      "a !== b -> false",
      "a++ -> undefined",
      "++ -> --",
    ],
    "in logic, by leaving an operand out": [
      "const c = a && !(b ?? d);",
      "a && !(b ?? d) -> (a)",
      "a && !(b ?? d) -> (!(b ?? d))",
      "!(b ?? d) -> (b ?? d)",
      "b ?? d -> (b)",
      "b ?? d -> (d)",
    ],
    "in arithmetic, but not where strings are joined": [
      "const c = (a + 1) * -b + `x${y}`;",
      "* -> /",
      "+ -> -",
      "-b -> (b)",
      "`x${y}` -> ``",
    ],
    "in literals": [
      'const c = [true, "x", "", {}, { a: 1, "b": 2 }, []];',
      '[true, "x", "", {}, { a: 1, "b": 2 }, []] -> []',
      "true -> false",
      '"x" -> ""',
      '"" -> "mutant"',
      '{ a: 1, "b": 2 } -> {}',
    ],
    "in optional chains": [
      "const c = a?.b?.[0]?.(d);",
      "?. -> ",
      "?. -> ",
      "?. -> .",
    ],
    "in what functions give": [
      "const f = () => a; function g() { if (b) return; return a < 1; }",
      "a -> undefined",
      "b -> true",
      "b -> false",
      "return; -> ;",
      "< -> <=",
      "< -> >=",
    ],
    "in methods": [
      "const c = Math.min(a.some(b), a.slice(1).toString());",
      "min -> max",
      "some -> every",
      "a.slice(1) -> (a)",
    ],
    "in assignments": [
      "a ??= 1; a += b;",
      "a ??= 1 -> undefined",
      "??= -> =",
      "a += b -> undefined",
      "+= -> -=",
    ],
    "but not in words for people, where only codes are for programs": [
      'throw new GibbonError("LIMIT", `${a + 1} is too ${b ? "much" : "many"}`, { remedy: "Wait." });',
      'throw new GibbonError("LIMIT", `${a + 1} is too ${b ? "much" : "many"}`, { remedy: "Wait." }); -> ;',
      '"LIMIT" -> ""',
      '{ remedy: "Wait." } -> {}',
    ],
    "but not in the choice between words": [
      'fail(new WireError("LIMIT", a ? "much" : "many"), a ? 1 : 2);',
      'fail(new WireError("LIMIT", a ? "much" : "many"), a ? 1 : 2) -> undefined',
      '"LIMIT" -> ""',
      "a -> true",
      "a -> false",
    ],
    "but not in the log's words": [
      'log.warn("no", { a });',
      'log.warn("no", { a }) -> undefined',
      "{ a } -> {}",
    ],
    "but not in imports, types of values, directives and names": [
      '"use strict"; import x from "./y.js"; export { z } from "./z.js"; const c = typeof a === "string";',
      "=== -> !==",
    ],
  };
  for (const [what, [code, ...expected]] of Object.entries(cases)) {
    test(what, () => assert.deepEqual(changes(code), expected));
  }
});

/** What a function of a source gives for some arguments, or that it fails. */
function behaviour(code: string, active = 0): unknown[] {
  const define = new Function("__mutant__", `${code}\nreturn f;`);
  return INPUTS.map((input) => {
    try {
      return define((id: number) => id === active)(input);
    } catch (error) {
      return (error as Error).constructor.name;
    }
  });
}

const INPUTS: readonly unknown[] = [undefined, 0, 3, -7, [], [1, 2, 3], { a: { b: [9, 8] } }];

describe("an instrumented source behaves as the source, or as one mutant", () => {
  const sources: Readonly<Record<string, string>> = {
    "with nested operators": "function f(x) { return (x + 1) * 2 > 4 && !(x < 9 - x); }",
    "with optional chains that end early": "function f(x) { return x?.a.b.slice(1)?.[0]; }",
    "with methods that need their object": "function f(x) { return x?.a?.b?.some((y) => y > 8); }",
    "with delete": "function f(x) { const o = { ...x }; delete o?.a; return Object.keys(o); }",
    "with statements without braces": `function f(x) {
      let n = 0;
      for (const y of x.a ? x.a.b : [1, 2]) if (y === 9) continue; else n += y;
      if (!x) throw new TypeError("no"); else n++
      return [n, x.length];
    }`,
    "with objects and arrows": "const f = (x) => ({ x, y: [x].filter((z) => z) });",
    "with destructuring": "function f(x) { let a = 1; ({ a } = x); return a ?? 'none'; }",
    "with switch": "function f(x) { switch (x) { case 3: return 'three'; default: return -x; } }",
  };
  for (const [what, code] of Object.entries(sources)) {
    test(what, () => {
      const mutations = mutationsOf(code);
      const numbered = mutations.map((mutation, at) => ({ id: at + 1, mutation }));
      const instrumented = instrument(code, numbered);
      assert.deepEqual(behaviour(instrumented), behaviour(code));
      for (const { id, mutation: { start, end, text } } of numbered) {
        const mutant = code.slice(0, start) + text + code.slice(end);
        assert.deepEqual(behaviour(instrumented, id), behaviour(mutant), mutant);
      }
    });
  }
});

describe("a mutation run's parts", () => {
  test("choose the same at random for the same seed", () => {
    const chosen = sample(5, 100, 7);
    assert.equal(chosen.size, 5);
    assert.deepEqual(sample(5, 100, 7), chosen);
    assert.notDeepEqual(sample(5, 100, 8), chosen);
    assert.deepEqual([...sample(9, 3, 1)].sort(), [1, 2, 3]);
  });

  test("know how far a test is from a source", () => {
    const graph = new Map([["t", ["a", "b"]], ["a", ["c"]], ["b", ["a"]], ["c", ["t"]], ["d", []]]);
    assert.deepEqual([...distancesFrom("t", graph)], [["t", 0], ["a", 1], ["b", 1], ["c", 2]]);
  });

  test("count what is killed among all but the accepted", () => {
    const mutant = { id: 1, file: "f", line: 1, column: 1, kind: "", from: "", to: "", code: "" };
    const fates = ["killed", "killed", "timed out", "survived", "not covered"] as const;
    const counts = tally(fates.map((fate) => ({ mutant, fate })));
    assert.equal(score(counts), 60);
    assert.match(formatTally("f", counts), /60\.0 %.*f: 2 killed, 1 by time, 1 survived, 1 not/);
    assert.equal(score({ ...counts, accepted: 7 }), 60);
  });
});

describe("the mutants that may survive", () => {
  test("are found by their text on whatever line", () => {
    const mutant = {
      id: 1,
      file: "f",
      line: 1,
      column: 1,
      kind: "k",
      from: "a",
      to: "b",
      code: "c",
    };
    const accepted = { file: "f", code: "c", changes: ["x -> y", "a -> b"], reason: "r" };
    assert.equal(reasonFor({ ...mutant, line: 99 }, [accepted]), "r");
    for (const part of ["file", "from", "to", "code"]) {
      assert.equal(reasonFor({ ...mutant, [part]: "other" }, [accepted]), undefined);
    }
  });

  test("are there, each of them, once", { skip }, async () => {
    const files = new Map<string, string>();
    for (const { file } of ACCEPTED) files.set(file, await readFile(join(ROOT, file), "utf8"));
    const { all } = makeMutants(files);
    const seen = new Set<string>();
    for (const { file, code, changes, reason } of ACCEPTED) {
      for (const change of changes) {
        const one = `${file}: ${code}: ${change}`;
        const accepted = [{ file, code, changes: [change], reason }];
        const isThere = all.some((mutant) => reasonFor(mutant, accepted));
        assert.ok(isThere, `change or remove in scripts/mutate/accepted.ts: ${one}`);
        assert.equal(seen.has(one), false, one);
        seen.add(one);
      }
    }
  });
});

const PROJECT: Readonly<Record<string, string>> = {
  "package.json": `{ "type": "module" }`,
  "src/room/sum.ts": `// Adds up.
const STEP: readonly number[] = [1];
export function sumTo(end: number): number {
  let sum = 0;
  for (let at = 0; at <= end; at += STEP[0]!) sum += at;
  return sum;
}
export function isBig(value: number): boolean {
  return value > 100;
}
export const unused = (value: number): number => value * 2;
export const started = { times: 0 };
export function start(): number {
  started.times++;
  return started.times;
}
`,
  "src/room/generated/code.ts": "export const one = 1 + 1;\n",
  "tests/room/sum.test.ts": `// Tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, it, test } from "node:test";
import { isBig, start, sumTo } from "../../src/room/sum.ts";
describe("sums", () => {
  let end = 0;
  before(() => void (end = 4));
  it("adds", () => assert.equal(sumTo(end), 10));
});
test("compares", () => assert.deepEqual([isBig(7), isBig(700)], [false, true]));
test("starts once", () => assert.equal(start(), 1));
test("starts a process", () => assert.equal(spawnSync("true").status, 0));
`,
};

const workspace = useWorkspace();

async function writeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const project = await workspace.folder();
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text);
  }
  return project;
}

const FATES: readonly string[] = [
  // Loading the module runs this: the mutant is on before anything is loaded.
  "sum.ts:2 [1] -> []: killed",
  "sum.ts:5 at <= end -> false: killed",
  "sum.ts:5 <= -> <: killed",
  "sum.ts:5 += -> -=: timed out",
  "sum.ts:5 sum += at -> undefined: killed",
  "sum.ts:5 += -> -=: killed",
  "sum.ts:6 sum -> undefined: killed",
  "sum.ts:9 > -> >=: survived",
  "sum.ts:9 > -> <=: killed",
  "sum.ts:11 value * 2 -> undefined: not covered",
  "sum.ts:11 * -> /: not covered",
  "sum.ts:12 { times: 0 } -> {}: killed",
  // Its test passes only once a process, and so gets one of its own.
  "sum.ts:14 started.times++ -> undefined: killed",
  "sum.ts:14 ++ -> --: killed",
  "sum.ts:15 started.times -> undefined: killed",
];

/** Runs the room of the project, and gives each mutant with its fate. */
async function runRoom(project: string, options: Partial<MutateOptions> = {}) {
  const said: string[] = [];
  let copy = "";
  const results = await mutate({
    project,
    rooms: ["room"],
    jobs: 1,
    seed: 1,
    tests: [],
    leaveOut: [],
    isolate: false,
    say: (line) => said.push(line),
    report() {},
    opened: ({ root }) => copy = dirname(root),
    ...options,
  });
  const fates = results.map(({ mutant: { file, line, from, to }, fate }) =>
    `${file.replace("src/room/", "")}:${line} ${from} -> ${to}: ${fate}`
  );
  return { fates, said, copy };
}

describe("a mutation run", () => {
  test("tells what tests notice, and leaves nothing behind", { skip }, async () => {
    const project = await writeProject(PROJECT);
    const { fates, said, copy } = await runRoom(project);
    assert.deepEqual(fates, FATES);
    assert.ok(said.some((line) => /left out: .*starts a process/.test(line)), said.join("\n"));
    await assert.rejects(readdir(copy), { code: "ENOENT" });
    const source = await readFile(join(project, "src/room/sum.ts"), "utf8");
    assert.equal(source, PROJECT["src/room/sum.ts"]);
  });

  test("tells the same of a sample, and with a process for each mutant", { skip }, async () => {
    const project = await writeProject(PROJECT);
    const chosen = sample(4, FATES.length, 3);
    const { fates } = await runRoom(project, { isolate: true, sample: 4, seed: 3 });
    assert.deepEqual(fates, FATES.filter((_, at) => chosen.has(at + 1)));
  });

  test("runs the test files that it is told to", { skip }, async () => {
    const project = await writeProject(PROJECT);
    for (const options of [{ tests: ["attic"] }, { leaveOut: ["room/sum"] }]) {
      await assert.rejects(runRoom(project, options), /no test can be used/);
    }
  });

  test("fails where there is no such room", { skip }, async () => {
    const project = await writeProject(PROJECT);
    await assert.rejects(runRoom(project, { rooms: ["attic"] }), /attic: there is no such room/);
  });
});
