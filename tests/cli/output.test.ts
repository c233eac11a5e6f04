// What plugins print never reaches stdout, whichever way of the console they print by.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeFolder, runGibbon } from "../support/gibbon.ts";

/** Uses all that the console has but tools that write files or need a debugger. */
const CHATTY = `
import { definePlugin } from "gibbon";
const TOOLS = /^(?:Console|context|createTask|profile|record|screenshot|takeHeapSnapshot)/;
for (const [name, method] of Object.entries(console)) {
  if (typeof method !== "function" || TOOLS.test(name)) continue;
  if (name === "assert") console.assert(false, "by assert");
  else if (/^(?:count|time)/.test(name)) method.call(console, "label");
  else method.call(console, name === "table" ? [{ by: "table" }] : "by " + name);
}
console.time("timer");
console.timeLog("timer", "by timeLog");
console.timeEnd("timer");
process.stdout.write("by stdout");
export default definePlugin({ access() {} });
`;

/** What must have been printed, by the methods that all runtimes have. */
const PRINTED = [
  ...["log", "info", "debug", "warn", "error", "dir", "dirxml", "trace", "group", "groupCollapsed"],
  ...["assert", "timeLog", "stdout"],
].map((name) => `by ${name}`).concat("label: 1", "table", "timer: ");

/** Writes past everything that JavaScript has, by itself and by programs that it starts. */
const UNDERHAND = `
import { definePlugin } from "gibbon";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs, { createWriteStream, writeFileSync, writeSync } from "node:fs";
fs.writeSync(1, "by fs.writeSync\\n");
writeSync(process.stdout.fd ?? 1, "by writeSync\\n");
fs.writeFileSync(1, "by a file\\n");
if (fs.existsSync("/dev/stdout")) try { writeFileSync("/dev/stdout", "by a device\\n"); } catch {}
spawnSync("sh", ["-c", "echo by a shell; echo by its stderr >&2"], { stdio: "inherit" });
execFileSync("sh", ["-c", "echo by another"], { stdio: [0, 1, 2] });
// It outlives its parent.
spawn("sh", ["-c", "sleep 0.2; echo by the last"], { stdio: "inherit", detached: true }).unref();
createWriteStream("", { fd: 1, autoClose: false }).write("by a stream\\n");
Object.getPrototypeOf(process.stdout).write?.call(process.stdout, "by its prototype\\n");
process.stdout._handle?.writeUtf8String?.({ oncomplete() {} }, "by a handle\\n");
await new Promise((settle) => setTimeout(settle, 50));
export default definePlugin({ access() {} });
`;

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder({ "chatty.ts": CHATTY });
});
after(() => folder.remove());

describe("a plugin that prints in every way there is", () => {
  test("leaves stdout to the dump, and what it printed is on stderr", async () => {
    const { code, stdout, stderr } = await runGibbon(["dump", "--plugins-directory", folder.path]);
    assert.equal(code, 0, stderr);
    const lines = stdout.split("\n");
    assert.equal(lines.length, 2, stdout);
    assert.equal(JSON.parse(stdout).Plugins[0].Name, "chatty");
    for (const text of PRINTED) assert.ok(stderr.includes(text), `${text} is missing in ${stderr}`);
  });

  test("or by the descriptor itself, leaves stdout to the command", async () => {
    const underhand = await makeFolder({ "underhand.ts": UNDERHAND });
    try {
      const at = underhand.path;
      for (
        const args of [
          ["dump", "--plugins-directory", at],
          ["check", at, "--json"],
          ["kong-config", "--plugins-directory", at, "--kong-version", "3.9"],
        ]
      ) {
        const { code, stdout, stderr } = await runGibbon(args);
        assert.equal(code, 0, stderr);
        assert.doesNotMatch(stdout, /by a|by fs|by wr|by its|by the/, args[0]);
        assert.match(stdout, args[0] === "kong-config" ? /^plugins = / : /^\{.*\}\n$/);
        for (const by of ["fs.writeSync", "writeSync", "a file", "a shell", "another"]) {
          assert.ok(stderr.includes(`by ${by}\n`), `${by} is missing in ${stderr}`);
        }
      }
    } finally {
      await underhand.remove();
    }
  });

  test("is none of a dump's business if the dump is longer than a pipe", async () => {
    const plugins = Object.fromEntries(Array.from({ length: 12 }, (_, index) => {
      const fields = Array.from({ length: 400 }, (_, at) => `f${at}: v.optional(v.string(), "x")`);
      const config = `v.object({ ${fields.join(", ")} })`;
      const head = 'import { definePlugin } from "gibbon";\nimport * as v from "valibot";\n';
      return [
        `p${index}.ts`,
        `${head}export default definePlugin({ config: ${config}, access() {} });`,
      ];
    }));
    const many = await makeFolder(plugins);
    try {
      const { code, stdout, stderr } = await runGibbon(["dump", "--plugins-directory", many.path]);
      assert.equal(code, 0, stderr);
      assert.ok(stdout.length > 200_000, `${stdout.length}`);
      assert.equal(JSON.parse(stdout).Plugins.length, 12);
    } finally {
      await many.remove();
    }
  });
});
