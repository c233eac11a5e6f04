// Cells that are known to be wrong, and why. A cell that has been mended has to be taken out.
import type { Combination, LayoutName } from "./combination.ts";
import type { Mode } from "./modes/mode.ts";
import type { Protocol } from "../life/nginx/worker.ts";

/** A fault that is left. */
export interface KnownFault {
  readonly modes: readonly string[];
  /** Where it is; everywhere if left out. */
  readonly programs?: readonly string[];
  readonly layouts?: readonly LayoutName[];
  readonly protocols?: readonly Protocol[];
  /** What is wrong there, as `wrongsOf` says it. */
  readonly wrong: RegExp;
  readonly why: string;
}

/** The executable is Bun with gibbon inside. */
const BUN = ["Bun", "the executable"];

/** All of them. */
export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    modes: [
      ...["floats-a-bigint", "floats-a-thousand", "floats-a-revoked-proxy"],
      "floats-a-stack-that-throws",
    ],
    programs: BUN,
    wrong: /the log does not name the plugin/,
    why: "Bun does not say where a rejection comes from that has no stack.",
  },
  {
    modes: ["loops-in-a-timer", "loops-afterwards", "loops-in-microtasks", "loops-in-ticks"],
    programs: BUN,
    layouts: ["workers"],
    wrong: /the log does not name the plugin/,
    why: "When the worker died, no event of the plugin was running: its timer or tick was.",
  },
  {
    modes: ["floats-a-proxy-at-its-top-level"],
    wrong: /the log does not name the plugin/,
    why: "What has no stack does not say where it comes from.",
  },
  {
    modes: ["limits-stacks-to-0", "prepares-stacks-of-numbers"],
    programs: BUN,
    wrong: /the log does not name the plugin/,
    why: "There is no stack, and Bun does not say where a rejection comes from.",
  },
  {
    modes: ["has-a-thread-that-throws"],
    programs: ["Deno", ...BUN],
    wrong: /the log does not name the plugin/,
    why: "The stack that comes from the thread names no file of the plugin's.",
  },
  {
    modes: ["patches-map-get-for-good"],
    programs: BUN,
    layouts: ["workers"],
    protocols: ["MsgPack:1"],
    wrong: /the log does not name the plugin/,
    why: "The worker dies of it before it can say whose plugin it was.",
  },
  {
    modes: ["waits-for-a-child"],
    layouts: ["one process"],
    wrong: /unchecked|of another plugin failed|the process stayed/,
    why: "Nobody ends one process that a plugin blocks, and meanwhile it answers nobody.",
  },
];

/** The faults that are known of a cell. */
export function knownOf({ name }: Mode, combination: Combination): readonly KnownFault[] {
  const { program, layout, protocol } = combination;
  return KNOWN_FAULTS.filter(({ modes, programs, layouts, protocols }) =>
    modes.includes(name) &&
    (programs?.includes(program.what) ?? true) &&
    (layouts?.includes(layout) ?? true) &&
    (protocols?.includes(protocol) ?? true)
  );
}

/**
 * What nobody knew to be wrong, and what is not wrong any more.
 *
 * @param wrongs as `wrongsOf` has them
 */
export function surprises(
  wrongs: readonly string[],
  mode: Mode,
  combination: Combination,
): readonly string[] {
  const known = knownOf(mode, combination);
  const mended = known.filter(({ wrong }) => !wrongs.some((text) => wrong.test(text)));
  return [
    ...wrongs.filter((text) => !known.some(({ wrong }) => wrong.test(text))),
    ...mended.map(({ wrong }) => `this is mended, and has to be taken out of known.ts: ${wrong}`),
  ];
}
