// docs/contributors/architecture.md names the rooms, files, functions and types that there are.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import { roomOf, ROOMS } from "../../scripts/layers/rules.ts";
import { declares } from "./declared.ts";
import { ROOT } from "./pages.ts";

const PAGE = "docs/contributors/architecture.md";
const page = await readFile(path.join(ROOT, PAGE), "utf8");

/** A section by its heading, without those of the same level that follow. */
function section(heading: string): string {
  const level = heading.split(" ")[0]!;
  const [, after = ""] = page.split(`\n${heading}\n`);
  return after.split(`\n${level} `)[0]!;
}

const sources = new Map<string, string>();
for await (const file of glob("src/**/*.ts", { cwd: ROOT })) {
  sources.set(file.split(path.sep).join("/"), await readFile(path.join(ROOT, file), "utf8"));
}

describe("architecture.md", () => {
  test("has the rooms in the order of the house: each that has files, and no other", () => {
    const listed = [...section("## The rooms").matchAll(/^\| `([\w/]+)` +\| /gm)]
      .map(([, room]) => room!).filter((room) => !room.startsWith("gibbon"));
    const used = new Set([...sources.keys()].map(roomOf));
    assert.deepEqual([...listed].sort(), [...used].filter((room) => room !== undefined).sort());
    const level = (room: string) => ROOMS.findIndex((rooms) => rooms.includes(room));
    for (const system of ["kong", "prox", "brpc"]) {
      const levels = listed.filter((room) => room.split("/")[0] === system).map(level);
      assert.deepEqual(levels, [...levels].sort((a, b) => a - b), system);
    }
  });

  const steps = [...page.matchAll(/^\| .+ \| `(src\/[\w/.]+)` +\| `([\w.#]+)` +\|$/gm)];

  test("follows an event on all its ways", () => {
    assert.ok(steps.length >= 30, `${steps.length} steps`);
  });

  for (const [, file = "", name = ""] of steps) {
    test(`finds ${name} in ${file}`, () => {
      assert.ok(declares(sources.get(file) ?? "", name), `${file} does not declare ${name}`);
    });
  }

  test("tells types apart that there are", () => {
    const named = [...section("### Names that are alike").matchAll(/`([A-Z]\w+)`/g)]
      .map(([, name]) => name!).filter((name) => name !== "Socket");
    assert.ok(named.length > 20);
    const all = [...sources.values()].join("\n");
    const missing = named.filter((name) =>
      !new RegExp(`^(?:export )?(?:abstract )?(?:class|interface|type) ${name}\\b`, "m").test(all)
    );
    assert.deepEqual(missing, []);
  });
});

describe("a declaration", () => {
  const source = [
    "export async function first(a: number) {",
    "  second();",
    "}",
    "const second = () => {};",
    "class Other {",
    "  pump(): void {}",
    "}",
    "export class Event<T> {",
    "  readonly call: Call = (method) => {};",
    "  static async open(): Promise<void> {}",
    "  override get gone(): boolean {",
    "    return this.never();",
    "  }",
    "  #pump(): void {}",
    "}",
  ].join("\n");

  for (const name of ["first", "second", "Event.call", "Event.open", "Event.gone", "Event.#pump"]) {
    test(`is found: ${name}`, () => assert.ok(declares(source, name)));
  }
  for (const name of ["third", "Event.never", "Event.pump", "Event.pum", "Others.pump", "Call"]) {
    test(`is not there: ${name}`, () => assert.ok(!declares(source, name)));
  }
});

describe("pages for contributors", () => {
  for (const file of ["architecture.md", "contributing.md"]) {
    test(`${file} names files that there are`, async () => {
      const text = await readFile(path.join(ROOT, "docs/contributors", file), "utf8");
      const named = [...text.matchAll(/`((?:src|tests|scripts|docs|examples)\/[\w/.-]*)`/g)];
      assert.ok(named.length > 5);
      const missing = await Promise.all(named.map(async ([, name = ""]) => {
        for await (const _ of glob(name.replace(/\/$/, ""), { cwd: ROOT })) return [];
        return [name];
      }));
      assert.deepEqual(missing.flat(), []);
    });
  }
});
