// gibbon on the runtime that runs the tests, by the name that tables have for it.
import process from "node:process";
import { type Program, PROGRAMS } from "../support/programs.ts";

const { bun, deno } = process.versions as Record<string, string | undefined>;

/** gibbon on this runtime. */
export const THIS_RUNTIME: Program = {
  ...PROGRAMS[0]!,
  what: bun ? "Bun" : deno ? "Deno" : "Node",
};
