// Kong's PDK as data: what was read in Kong's sources, corrected by what was seen of a whole Kong.
import { readFileSync } from "node:fs";
import type { Phase } from "../../../src/kong/engine/phases.ts";

/** A parameter in pdk.json. */
export interface ParamFacts {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly nilable?: boolean;
  readonly variadic?: boolean;
  readonly internal?: boolean;
}

/** A function in pdk.json. */
export interface FunctionFacts {
  readonly name: string;
  readonly params: readonly ParamFacts[];
  readonly since: string;
  readonly external: "yes" | "special" | "no";
  readonly external_reason: string | null;
  readonly external_phases: readonly Phase[] | null;
  readonly msgpack: { readonly step: string; readonly fix: "mmap" | "raw" | null } | null;
  readonly protobuf: { readonly in: string; readonly out: string } | null;
  readonly caveats: readonly string[];
}

/** An entry of pdk-corrections.json: what pdk.json has wrong, and where that is known from. */
export interface Correction {
  readonly names: readonly string[];
  /** Phases in which the functions raise, though pdk.json says that they work. */
  readonly not_in: readonly Phase[];
  readonly caveat: string;
  readonly source: string;
}

/** The data as it was read in Kong's sources. */
export function readUncorrected(): FunctionFacts[] {
  return readJson("pdk.json");
}

/** What is wrong with it. */
export function readCorrections(): Correction[] {
  return readJson("pdk-corrections.json");
}

/** Kong's PDK as data. */
export function readFacts(): FunctionFacts[] {
  const corrections = readCorrections();
  return readUncorrected().map((facts) => {
    const own = corrections.filter(({ names }) => names.includes(facts.name));
    const raises = own.flatMap(({ not_in }) => not_in);
    return {
      ...facts,
      external_phases: facts.external_phases?.filter((phase) => !raises.includes(phase)) ?? null,
      caveats: [...facts.caveats, ...own.map(({ caveat }) => caveat)],
    };
  });
}

/** Kong's PDK as data: what can be called from outside. */
export function readCallable(): FunctionFacts[] {
  return readFacts().filter(({ external }) => external !== "no");
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8"));
}
