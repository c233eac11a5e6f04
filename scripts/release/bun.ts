// The Bun that the executable is made of: its version, and the revisions of what it consists of.
import * as v from "valibot";
import { capture } from "../command.ts";
import { RUNTIME_VERSIONS, runtimePath } from "../runtimes.ts";
import { BUN_PARTS, type BunPart } from "./bun_parts.ts";

/** Bun, as it says of itself. */
export interface Bun {
  readonly version: string;
  /** The commit of its sources. */
  readonly revision: string;
  /** Its libraries, each with its version or commit where Bun knows it. */
  readonly parts: readonly (BunPart & { readonly version: string | undefined })[];
}

const About = v.object({ revision: v.string(), versions: v.record(v.string(), v.string()) });

/** Asks the pinned Bun. @throws {Error} if it does not answer */
export async function readBun(): Promise<Bun> {
  const script =
    "console.log(JSON.stringify({ revision: Bun.revision, versions: process.versions }))";
  const { code, stdout, stderr } = await capture(await runtimePath("bun"), ["-e", script]);
  if (code !== 0) throw new Error(`Bun does not say what it is made of:\n${stderr}`);
  const { revision, versions } = v.parse(About, JSON.parse(stdout));
  const parts = BUN_PARTS.map((part) => ({ ...part, version: versions[part.key ?? ""] }));
  return { version: RUNTIME_VERSIONS.bun, revision, parts };
}
