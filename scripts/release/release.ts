// What a release is of: a version of the sources at a commit.
import { readFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { ROOT } from "../build/executable.ts";
import { capture } from "../command.ts";

/** A version at a commit. */
export interface Release {
  readonly version: string;
  readonly description: string;
  /** SHA-1 of the commit. */
  readonly commit: string;
  /** When the commit was made: the time of all that a release has in it. */
  readonly time: Date;
  /** Whether files differ from the commit. */
  readonly isChanged: boolean;
}

const Manifest = v.object({ version: v.string(), description: v.string() });

/** Reads it of the project's manifest and of git. @throws {Error} outside of a clone */
export async function readRelease(): Promise<Release> {
  const text = await readFile(path.join(ROOT, "package.json"), "utf8");
  const { version, description } = v.parse(Manifest, JSON.parse(text));
  const [commit = "", seconds = ""] = (await git("log", "-1", "--format=%H %ct")).split(" ");
  const isChanged = await git("status", "--porcelain") !== "";
  return { version, description, commit, time: new Date(Number(seconds) * 1000), isChanged };
}

async function git(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await capture("git", args, { cwd: ROOT });
  if (code !== 0) throw new Error(`git ${args.join(" ")} failed: ${stderr}`);
  return stdout.trim();
}
