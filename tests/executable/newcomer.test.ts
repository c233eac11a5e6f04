// A newcomer's first minutes, with the executable in an empty folder and nothing else.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { makeFolder, type Started, startGibbon } from "../support/gibbon.ts";
import { replaceFile } from "../support/workspace.ts";

describe("the executable in an empty folder", () => {
  const skip = missingExecutable();
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let dev: Started | undefined;
  before(async () => {
    folder = await makeFolder();
  });
  after(async () => {
    await dev?.kill();
    await folder?.remove();
  });

  test("leads to a plugin that runs, fails readably and is mended", { skip }, async () => {
    const times: Record<string, number> = {};
    let begun = performance.now();
    const took = (what: string) => {
      times[what] = Math.round(performance.now() - begun);
      begun = performance.now();
    };
    const args = ["dev", "--port", "0", "--https-port", "0", "--inspector-port", "0"];
    dev = startGibbon(args, {
      cwd: folder.path,
      command: [EXECUTABLE],
      env: { PATH: "", TMPDIR: folder.path, XDG_STATE_HOME: join(folder.path, "..", "none") },
    });
    await dev.printing(/Inspector: http\S+\n/);
    took("from the start to the first line");
    const printed = dev.stdout();
    const [, url = ""] = /curl -i (http:\S+)/.exec(printed) ?? [];
    const [, inspector = ""] = /Inspector: (http\S+)/.exec(printed) ?? [];
    // What it prints is what a newcomer copies.
    const [, name = ""] = /Save this as (\S+),/.exec(printed) ?? [];
    const file = join(folder.path, name);
    await writeFile(file, printed.slice(printed.indexOf("  import"), printed.indexOf("Try:")));
    begun = performance.now();
    const first = await fetch(url);
    took("from saving a plugin to its first answer");
    assert.equal(first.headers.get("x-hello"), "world");
    const source = await readFile(file, "utf8");
    await replaceFile(file, source.replace('"world"', "undefined.nothing"));
    begun = performance.now();
    assert.equal((await fetch(url)).status, 500);
    await dev.saying(/> \d+ \|.*undefined\.nothing/);
    took("from a mistake to its source in the terminal");
    await replaceFile(file, source.replace('"world"', '"again"'));
    begun = performance.now();
    assert.equal((await fetch(url)).headers.get("x-hello"), "again");
    took("from mending it to the next answer");
    const { requests } = await (await fetch(`${inspector}/api/requests`)).json();
    assert.equal(requests.length, 3);
    dev.signal("SIGINT");
    assert.equal((await dev.ended).code, 0);
    took("from Ctrl-C to the end");
    if (process.env.GIBBON_TIMES) console.log(times);
  });
});
