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
});
