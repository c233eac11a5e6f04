// Commands that gibbon doctor runs as Kong does: how they end, and what they say of a failure.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { checkDump } from "../../../src/kong/doctor/dump.ts";
import { OUTPUT_BYTES, runCommand } from "../../../src/kong/doctor/shell.ts";
import { writeGibbonScript } from "../../support/gibbon.ts";
import { canRun, lives } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";

const space = useWorkspace();
/** A limit that a command keeps on any machine, and one that it cannot keep; in milliseconds. */
const [LONG, SHORT] = [60_000, 300];

describe("a command", () => {
  test("ends with its output, of which all is kept up to a limit", async () => {
    const end = await runCommand("printf out; echo oops >&2; (sleep 0.1; printf put) &", LONG);
    const stdout = new TextDecoder().decode(end.stdout);
    const { code, timedOut, stderr } = end;
    assert.deepEqual({ code, timedOut, stdout, stderr }, {
      code: 0,
      timedOut: false,
      stdout: "output",
      stderr: "oops\n",
    });
  });

  test("is ended when it prints more", async () => {
    const end = await runCommand("yes", LONG);
    assert.deepEqual([end.isTooLong, end.timedOut], [true, false]);
    assert.ok(end.stdout.length <= OUTPUT_BYTES);
    const loud = await runCommand(`head -c ${2 * OUTPUT_BYTES} /dev/zero >&2; echo well`, LONG);
    assert.equal(new TextDecoder().decode(loud.stdout), "well\n");
  });

  test("is ended when its time is over, with what it has started", async () => {
    const { timedOut, stdout } = await runCommand("sleep 1000 & echo $!; wait", SHORT);
    const child = Number(new TextDecoder().decode(stdout));
    assert.equal(timedOut, true);
    assert.ok(child > 0);
    await until(() => !lives(child));
  });

  test("is given up then, also if a process of another session holds its output", async (t) => {
    if (!await canRun(["setsid", "true"])) return t.skip("there is no setsid");
    const { timedOut, stdout } = await runCommand("setsid sleep 1000 & echo $!; wait", SHORT);
    const child = Number(new TextDecoder().decode(stdout));
    space.later(() => child > 0 && lives(child) && process.kill(child, "SIGKILL"));
    assert.equal(timedOut, true);
    // The shell's child is setsid's process, which is the sleep by now.
    assert.equal(lives(child), true);
  });
});

describe("a query_cmd that fails is quoted", () => {
  async function saysOf(queryCommand: string): Promise<string> {
    const server = { name: "x", key: "pluginserver_x", socket: "/run/s", startCommand: undefined };
    const { findings: [found] } = await checkDump({ ...server, queryCommand }, LONG);
    assert.equal(found?.state, "problem");
    return found.text;
  }

  test("with gibbon's error, not with its remedy", async () => {
    const folder = await space.folder({ "plugins/broken.ts": "export default {(" });
    const gibbon = await writeGibbonScript(folder);
    const dump = `${gibbon} dump --plugins-directory`;
    const missing = await saysOf(`${dump} /nowhere/at/all`);
    assert.match(missing, /says: PLUGIN_DIRECTORY: The plugins directory \/nowhere\/at\/all/);
    assert.doesNotMatch(missing, /mounted/);
    const broken = await saysOf(`${dump} ${join(folder, "plugins")} --plugin broken`);
    assert.match(broken, /broken\.ts:1.*; PLUGIN_UNKNOWN: There is no plugin "broken"/);
  });

  test("with the error line of a stack", async () => {
    const runtime = process.execPath;
    const script = join(await space.folder({ "s.mjs": "null.x;\n" }), "s.mjs");
    const run = "Deno" in globalThis ? `${runtime} run` : runtime;
    assert.match(await saysOf(`${run} ${script}`), /says: .*TypeError: /);
  });

  const SAID: Record<string, [stderr: string, expected: RegExp]> = {
    "Python": ["Traceback:\n  File x\nNameError: name x\n", /says: NameError: name x$/],
    "Go": ["panic: oh no\n\ngoroutine 1 [running]:\nmain.main()\nexit status 2\n", /panic: oh no$/],
    "somebody who says no error": ["one\ntwo\n\n", /says: two$/],
    "nobody": ["", /ends with code 1$/],
  };
  for (const [who, [stderr, expected]] of Object.entries(SAID)) {
    test(`with what ${who} says`, async () => {
      assert.match(await saysOf(`printf '${stderr}' >&2; exit 1`), expected);
    });
  }
});
