// What tests start and write: processes and folders that are gone after them.
import { rename, writeFile } from "node:fs/promises";
import { after, afterEach } from "node:test";
import { makeFolder } from "./folder.ts";
import { startGibbon } from "./gibbon.ts";
import { type Started, type StartOptions, startProcess } from "./process.ts";

/**
 * Processes and folders of one test or of several. Made by `useWorkspace`, which also ends it.
 *
 * @example
 * const space = useWorkspace();
 * test("serves", async () => {
 *   const folder = await space.folder({ "plugins/one.ts": PLUGIN });
 *   const gibbon = space.gibbon(["serve", "--plugins-directory", `${folder}/plugins`]);
 *   await gibbon.saying("serving plugins");
 * });
 */
export class Workspace {
  readonly #ending: (() => unknown)[] = [];

  /** Has something done at the end, whatever the outcome; the last goes first. */
  later(end: () => unknown): void {
    this.#ending.unshift(end);
  }

  /** A folder with files; gives its path. */
  async folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const { path, remove } = await makeFolder(files);
    this.later(remove);
    return path;
  }

  /** Starts a program; it is killed at the end, with all that it started. */
  start(command: readonly string[], options?: StartOptions): Started {
    return this.#keep(startProcess(command, options));
  }

  /** Starts gibbon. */
  gibbon(args: readonly string[], options?: Parameters<typeof startGibbon>[1]): Started {
    return this.#keep(startGibbon(args, options));
  }

  /** Starts gibbon dev on a free port; gives its address, and the folder that its own is in. */
  async dev(args: readonly string[], temporary?: string) {
    // Those that are killed leave their folder behind: here.
    const parent = temporary ?? await this.folder();
    const gibbon = this.gibbon([
      "dev",
      "--inspector-port",
      "0",
      "--https-port",
      "0",
      ...args,
      "--port",
      "0",
    ], {
      env: { TMPDIR: parent, XDG_STATE_HOME: await this.folder() },
    });
    const address = /http:\/\/[\d.]+:\d+/;
    await gibbon.printing(address);
    return { gibbon, url: address.exec(gibbon.stdout())?.[0] ?? "", temporary: parent };
  }

  #keep(started: Started): Started {
    this.later(() => started.kill());
    return started;
  }

  /** Ends and removes everything. */
  async clear(): Promise<void> {
    for (const end of this.#ending.splice(0)) await end();
  }
}

/**
 * A workspace that is cleared after each test, or after all tests of the suite that asks for it: of
 * the file, where it is asked for outside of a suite.
 */
export function useWorkspace(until: "each test" | "the suite" = "each test"): Workspace {
  const space = new Workspace();
  (until === "each test" ? afterEach : after)(() => space.clear());
  return space;
}

/** Replaces a file as editors do: at once. */
export async function replaceFile(path: string, content: string, mode = 0o644): Promise<void> {
  await writeFile(`${path}.new`, content, { mode });
  await rename(`${path}.new`, path);
}
