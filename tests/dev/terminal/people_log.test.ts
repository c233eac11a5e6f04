// The log of gibbon dev for people: what stands where, and that nothing in it is an order to a terminal.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createPeopleLog, type PeopleLogOptions } from "../../../src/dev/terminal/people_log.ts";
import { useWorkspace } from "../../support/workspace.ts";

const space = useWorkspace();

function logger(options: Partial<PeopleLogOptions> = {}) {
  const texts: string[] = [];
  const write = (text: string) => texts.push(text);
  return { texts, log: createPeopleLog({ write, level: "info", hasColours: false, ...options }) };
}

describe("the log for people", () => {
  test("has an entry on one line, with the plugin in front and the fields behind", () => {
    const { texts, log } = logger();
    log.info("[one] hello", { plugin: "one" });
    log.warn("it is full", {
      plugin: "one",
      phase: "access",
      size: 7,
      kind: "a b",
      none: undefined,
    });
    log.info("noted", { plugin: "one", level: "notice" });
    log.debug("unseen");
    assert.deepEqual(texts, [
      "[info] one: hello",
      '[warn] one in access: it is full size=7 kind="a b"',
      "[notice] one: noted",
    ]);
  });

  test("has what was thrown, its source, the plugin's frames, then others, then what to do", async () => {
    const folder = await space.folder({
      "one.ts": "// 1\n// 2\n// 3\nconst x = boom();\n// 5\n// 6\n// 7\n",
    });
    const file = join(folder, "one.ts");
    const { texts, log } = logger({ fileOf: () => file });
    const others = Array.from({ length: 9 }, (_, index) => `    at other${index} (/src/a.ts:1:1)`);
    log.error("an event failed", {
      plugin: "one",
      phase: "access",
      instance: 3,
      scope: "plugin id 1",
      code: "PDK_PHASE",
      remedy: "Call it elsewhere.",
      stack: ["TypeError: boom is", "  not there", ...others, `    at access (${file}:4:11)`]
        .join("\n"),
    });
    assert.deepEqual(texts[0]!.split("\n"), [
      "[error] one in access: an event failed",
      "  TypeError: boom is",
      "    not there",
      `    ${file}:4:11`,
      "      2 | // 2",
      "      3 | // 3",
      "    > 4 | const x = boom();",
      "        |           ^",
      "      5 | // 5",
      "      6 | // 6",
      `    at access (${file}:4:11)`,
      ...others.slice(0, 6),
      "  → Call it elsewhere. (PDK_PHASE)",
    ]);
  });

  test("shows the place of a module that cannot be loaded", async () => {
    const folder = await space.folder({ "one.ts": "first\nconst = 3;\n" });
    const { texts, log } = logger();
    log.error("one cannot be loaded", { file: `${folder}/one.ts:2:7` });
    assert.deepEqual(texts[0]!.split("\n"), [
      "[error] one cannot be loaded",
      `    ${folder}/one.ts:2:7`,
      "      1 | first",
      "    > 2 | const = 3;",
      "        |       ^",
      "      3 | ",
    ]);
    log.error("gone", { file: `${folder}/two.ts:2:7` });
    assert.equal(texts[1], `[error] gone file=${folder}/two.ts:2:7`);
  });

  test("colours what matters, and dims the rest, at a terminal alone", () => {
    const { texts, log } = logger({ hasColours: true });
    log.error("no", { plugin: "one", stack: "Error: x\n    at a (/b.ts:1:1)" });
    assert.equal(
      texts[0],
      "\x1b[31m[error]\x1b[0m \x1b[1mone\x1b[0m: no\n" +
        "  \x1b[1mError: x\x1b[0m\n\x1b[2m    at a (/b.ts:1:1)\x1b[0m",
    );
  });

  test("gives no orders to a terminal, whatever a plugin or a client has written", async () => {
    const folder = await space.folder({ "one.ts": "const x = '\x1b[2J';\n" });
    const file = join(folder, "one.ts");
    const { texts, log } = logger({ fileOf: () => file });
    const evil = "a\x1b[31mb\rc\x07d\u202ee";
    log.error(evil, {
      plugin: evil,
      phase: evil,
      [evil]: evil,
      code: evil,
      remedy: evil,
      stack: `${evil}\n    at ${evil} (${file}:1:1)`,
    });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(texts[0]!, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  });
});
