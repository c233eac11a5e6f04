// Notices that something in a plugins directory has changed.
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { foldersFrom } from "../base/folders.ts";
import { pause } from "../base/waiting.ts";
import { isHiddenName, isModuleName } from "./names.ts";

/** Watches until it is closed. */
export interface Watcher {
  /**
   * Looks now instead of at the next poll. Settles when what has changed is dealt with: at once, even
   * if it is only half written. What it becomes is noticed then.
   */
  look(): Promise<void>;
  /** After this, nothing is called any more. */
  close(): void;
}

/** How a directory is watched. */
export interface WatchOptions {
  /** How often it is looked at, in milliseconds. */
  readonly pollMs?: number;
}

/** With the time that it takes to be sure that a file is whole, a change is noticed in half a second. */
const POLL_MS = 200;

/**
 * Calls `onChange` when modules, JSON files or folders of the directory have changed and then stayed
 * the same for a moment, so that half a file is not loaded. Packages, tests and hidden files do not
 * count, nor does what lies outside of the directory.
 *
 * The directory is looked at again and again, not left to the system's notices: those do not tell
 * when Kubernetes swaps what the symlinks lead to, nor of changes on some mounted file systems.
 *
 * @param onChange is not called again before the promise that it returns is settled; must not reject
 * @returns once changes are noticed
 */
export async function watchPlugins(
  directory: string,
  onChange: () => void | Promise<void>,
  { pollMs = POLL_MS }: WatchOptions = {},
): Promise<Watcher> {
  return await watch(() => fingerprint(directory), onChange, pollMs);
}

/** Watches one directory after another. */
export class DirectoryWatch implements Watcher {
  readonly #onChange: () => void | Promise<void>;
  readonly #options: WatchOptions;
  #directory: string | undefined;
  #watcher: Watcher | undefined;
  #isClosed = false;

  /** See `watchPlugins`. */
  constructor(onChange: () => void | Promise<void>, options: WatchOptions = {}) {
    this.#onChange = onChange;
    this.#options = options;
  }

  /** Watches another directory, and not any more the one before; settles once changes are noticed. */
  async turnTo(directory: string): Promise<void> {
    if (directory === this.#directory) return;
    this.#directory = directory;
    const watcher = await watchPlugins(directory, this.#onChange, this.#options);
    // Meanwhile it may have been turned to yet another one.
    if (this.#isClosed || this.#directory !== directory) return watcher.close();
    this.#watcher?.close();
    this.#watcher = watcher;
  }

  look(): Promise<void> {
    return this.#watcher?.look() ?? Promise.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher?.close();
  }
}

/**
 * As `watchPlugins`, for the packages that a plugin of the directory can import: called when one comes or
 * goes, here or in a folder above. A runtime does not look again for what it has looked for once.
 */
export async function watchPackages(
  directory: string,
  onChange: () => void | Promise<void>,
  { pollMs = POLL_MS }: WatchOptions = {},
): Promise<Watcher> {
  return await watch(() => packagesOf(directory), onChange, pollMs);
}

/** As `watchPlugins`, for one file of any kind. */
export async function watchFile(
  path: string,
  onChange: () => void | Promise<void>,
  { pollMs = POLL_MS }: WatchOptions = {},
): Promise<Watcher> {
  const look = async () => {
    const found = await stat(path).catch(() => undefined);
    return found ? `${identity(found)} ${found.mtimeMs}` : "";
  };
  return await watch(look, onChange, pollMs);
}

async function watch(
  look: () => Promise<string>,
  onChange: () => void | Promise<void>,
  pollMs: number,
): Promise<Watcher> {
  const watching = new Polling(look, await look(), onChange);
  void watching.keepLooking(pollMs);
  return watching;
}

/** Looks again and again whether something has become another. */
class Polling implements Watcher {
  readonly #look: () => Promise<string>;
  readonly #onChange: () => void | Promise<void>;
  readonly #closed = new AbortController();
  #loaded: string;
  #seen: string;
  /** The looks that have been asked for, one after the other. */
  #looking = Promise.resolve();
  /** One that has not begun yet: it will do for whoever asks meanwhile. */
  #next: Promise<void> | undefined;

  constructor(
    look: () => Promise<string>,
    loaded: string,
    onChange: () => void | Promise<void>,
  ) {
    this.#look = look;
    this.#loaded = this.#seen = loaded;
    this.#onChange = onChange;
  }

  look(): Promise<void> {
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      return this.#check(() => true);
    });
    return this.#next;
  }

  close(): void {
    this.#closed.abort();
  }

  async keepLooking(pollMs: number): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await pause(pollMs, this.#closed.signal);
      await this.#inTurn(() => this.#check((now) => now === this.#seen));
    }
  }

  #inTurn(check: () => Promise<void>): Promise<void> {
    return this.#looking = this.#looking.then(check);
  }

  async #check(isWhole: (now: string) => boolean): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const now = await this.#look();
    if (this.#closed.signal.aborted) return;
    const isNew = now !== this.#loaded && isWhole(now);
    this.#seen = now;
    if (!isNew) return;
    this.#loaded = now;
    await this.#onChange();
  }
}

/** A text that is another one whenever a file that counts is. Symlinks are followed. */
async function fingerprint(folder: string, above: readonly string[] = []): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const parts = await Promise.all(
    names.filter((name) => !isHiddenName(name)).sort().map(async (name) => {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (!found) return `${path} leads nowhere`;
      if (found.isFile()) return counts(name) ? `${path} ${identity(found)} ${found.mtimeMs}` : "";
      const id = identity(found);
      // A symlink can lead back to a folder that it is in.
      if (!found.isDirectory() || above.includes(id)) return "";
      return `${path}/\n${await fingerprint(path, [...above, id])}`;
    }),
  );
  return parts.filter((part) => part !== "").join("\n");
}

/**
 * A text that is another one whenever a package comes or goes, in the folders that a plugin's imports
 * are looked for in.
 */
async function packagesOf(directory: string): Promise<string> {
  const found: string[] = [];
  for (const folder of foldersFrom(resolve(directory))) {
    const packages = join(folder, "node_modules");
    const scopes = (await readdir(packages).catch(() => [])).filter((name) => name.startsWith("@"));
    for (const path of [packages, ...scopes.map((scope) => join(packages, scope))]) {
      const there = await stat(path).catch(() => undefined);
      if (there) found.push(`${path} ${identity(there)} ${there.mtimeMs}`);
    }
  }
  return found.join("\n");
}

function counts(name: string): boolean {
  return isModuleName(name) || name.endsWith(".json");
}

function identity({ dev, ino, size }: Stats): string {
  return `${dev}:${ino}:${size}`;
}
