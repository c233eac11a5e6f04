// The starter of processes itself: what it tells of them, and that nothing is left of them.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { canRun, lives, runProcess, scriptCommand } from "./process.ts";
import { until } from "./until.ts";
import { useWorkspace, Workspace } from "./workspace.ts";

const ABANDON = fileURLToPath(new URL("fixtures/abandon.ts", import.meta.url));

const space = useWorkspace();
const shell = (script: string) => ["sh", "-c", script];

describe("a process of a test", () => {
  test("tells how it ended, and all that it wrote", async () => {
    const script = "cat; echo oops >&2; exit 3";
    const { code, signal, stdout, stderr } = await runProcess(shell(script), { input: "käse" });
    assert.deepEqual([code, signal, stdout, stderr], [3, null, "käse", "oops\n"]);
    const killed = space.start(shell("kill -9 $$"));
    assert.deepEqual([(await killed.ended).code, (await killed.ended).signal], [null, "SIGKILL"]);
  });

  test("is waited for by what it says, until it ends without", async () => {
    const talker = space.start(shell("read line; echo $line; echo last words >&2"), {
      input: "open",
    });
    talker.write("hello\n");
    await talker.printing("hello");
    await talker.saying(/last \w+/);
    await assert.rejects(talker.saying("more"), /ended without saying more:\nhello\nlast words/);
  });

  test("has our environment, but for colours and what is changed", async () => {
    const names = "${PATH:+path} ${NO_COLOR-} ${ADDED-} ${HOME-nowhere}";
    const env = { ADDED: "added", HOME: undefined };
    const { stdout } = await runProcess(shell(`echo "${names}"`), { env });
    assert.equal(stdout, "path 1 added nowhere\n");
  });

  test("cannot be started where there is no such program", async () => {
    await assert.rejects(runProcess(["/nowhere/at/all"]), { code: "ENOENT" });
    assert.equal(await canRun(["/nowhere/at/all"]), false);
    assert.equal(await canRun(["false"]), false);
    assert.equal(await canRun(["true"]), true);
  });
});

test("no other file of the tests starts processes", async () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const starters: string[] = [];
  for await (const file of glob("**/*.ts", { cwd: root })) {
    const text = await readFile(join(root, file), "utf8");
    // The imports come first, and then an empty line; sources in texts come later.
    const [head = ""] = text.split("\n\n");
    const [, names = ""] = /import \{([^}]*)\} from "node:child_process"/.exec(head) ?? [];
    // What is waited for outlives nobody.
    const others = names.split(",").map((name) => name.trim()).filter((name) =>
      name !== "" && !name.endsWith("Sync")
    );
    const hasMore = others.length > 0 || /(?:\* as|import \w+)[^;]*child_process"/.test(head);
    if (hasMore) starters.push(file);
  }
  assert.deepEqual(starters.sort(), ["support/process.ts", "support/reaper.ts"]);
});

describe("nothing is left", () => {
  test("of a workspace that is cleared: no child's child, no folder", async () => {
    const own = new Workspace();
    const folder = await own.folder({ "a/file": "" });
    const parent = own.start(shell("sleep 1000 & echo $!; wait"));
    await parent.printing("\n");
    const child = Number(parent.stdout());
    assert.ok(lives(parent.pid) && lives(child));
    await own.clear();
    assert.equal(existsSync(folder), false);
    assert.equal(lives(parent.pid), false);
    await until(() => !lives(child));
  });

  for (const how of ["SIGKILL", "SIGTERM", "exit"]) {
    test(`of a test process that ends by ${how}`, async () => {
      const abandoned = space.start([...scriptCommand(ABANDON), how]);
      // The fixture's children are in groups of their own: killing the fixture does not reach them.
      await abandoned.printing("}\n");
      const { folder, pids } = JSON.parse(abandoned.stdout()) as {
        folder: string;
        pids: number[];
      };
      assert.equal(pids.length, 2);
      if (how !== "exit") abandoned.signal(how as "SIGKILL" | "SIGTERM");
      await abandoned.ended;
      await until(() => !pids.some(lives) && !existsSync(folder));
    });
  }
});
