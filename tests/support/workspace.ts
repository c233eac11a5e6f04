// What a test starts and writes: processes and folders, which are gone after it.
import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder, type Started, startGibbon } from "./gibbon.ts";

/** Processes and folders of one test. */
export class Workspace {
  readonly #started: Started[] = [];
  readonly #folders: { remove(): Promise<void> }[] = [];

  /** A folder with files; gives its path. */
  async folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const made = await makeFolder(files);
    this.#folders.push(made);
    return made.path;
  }

  /** Starts gibbon. */
  start(args: readonly string[], options?: Parameters<typeof startGibbon>[1]): Started {
    const gibbon = startGibbon(args, options);
    this.#started.push(gibbon);
    return gibbon;
  }

  /** Starts gibbon dev on a free port; gives its address, and the folder that its own is in. */
  async dev(args: readonly string[], temporary?: string) {
    // Those that are killed leave their folder behind: here.
    const parent = temporary ?? await this.folder();
    const gibbon = this.start(["dev", ...args, "--port", "0"], { env: { TMPDIR: parent } });
    for (;;) {
      const url = /http:\/\/[\d.]+:\d+/.exec(gibbon.stdout())?.[0];
      if (url) return { gibbon, url, temporary: parent };
      assert.equal(gibbon.child.exitCode, null, gibbon.stderr());
      await sleep(10);
    }
  }

  /** Ends everything. For `afterEach`. */
  readonly clear = async (): Promise<void> => {
    for (const { child, ended } of this.#started.splice(0)) {
      child.kill("SIGKILL");
      await ended;
    }
    for (const made of this.#folders.splice(0)) await made.remove();
  };
}

/** Replaces a file as editors do: at once. */
export async function replaceFile(path: string, content: string, mode = 0o644): Promise<void> {
  await writeFile(`${path}.new`, content, { mode });
  await rename(`${path}.new`, path);
}
