// A copy of the project with instrumented sources in it: nothing is changed where people work.
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** Folders of the project that no test in a process needs a copy of. */
const LEFT_OUT: ReadonlySet<string> = new Set([".git", "node_modules", "dist"]);

/** A copy of the project. */
export interface Sandbox {
  readonly root: string;
  /** What its processes have in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The processes that run in it. */
  readonly children: Set<ChildProcess>;
  /** Ends its processes and removes it, before anything else can happen. */
  remove(): void;
}

/**
 * Copies the project.
 *
 * @param project its directory
 * @param sources what takes the place of its sources, by path
 */
export async function makeSandbox(
  project: string,
  sources: ReadonlyMap<string, string>,
): Promise<Sandbox> {
  // Unix sockets of tests have to fit below it: short.
  const folder = await mkdtemp(path.join(os.tmpdir(), "gibbon-mutate-"));
  const root = path.join(folder, "tree");
  const temporary = path.join(folder, "tmp");
  const children = new Set<ChildProcess>();
  const remove = () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await cp(project, root, {
      recursive: true,
      filter: (from) => !LEFT_OUT.has(path.relative(project, from)),
    });
    await symlink(path.join(project, "node_modules"), path.join(root, "node_modules"));
    await mkdir(temporary);
    for (const [file, source] of sources) await writeFile(path.join(root, file), source);
  } catch (error) {
    remove();
    throw error;
  }
  const env = { TMPDIR: temporary, NODE_COMPILE_CACHE: path.join(folder, "cache") };
  return { root, env, children, remove };
}
