// All modes of misbehaviour, kind by kind.
import { CALLS } from "./calls.ts";
import { ENDS, EXITS } from "./ending.ts";
import { FLOATING } from "./floating.ts";
import { LISTENERS } from "./listeners.ts";
import { BEGINNING, LOADING } from "./loading.ts";
import { LOGGING } from "./logging.ts";
import { LOOPS } from "./loops.ts";
import { MEMORY } from "./memory.ts";
import type { Mode } from "./mode.ts";
import { PATCHED } from "./patches.ts";
import { RETURNED } from "./returned.ts";
import { STREAMS } from "./streams.ts";
import { CHILDREN, STATES } from "./surroundings.ts";
import { REJECTED_VALUES, THROWN } from "./thrown.ts";

/** Modes by their kind, which is a heading of the table. */
export const KINDS: Readonly<Record<string, readonly Mode[]>> = {
  "What it throws": THROWN,
  "What it throws later, and in other phases": REJECTED_VALUES,
  "What it returns": RETURNED,
  "Errors that nobody waits for": FLOATING,
  "Calls of the PDK": CALLS,
  "Ends of the process that are refused": EXITS,
  "Ends of the process that nobody can refuse": ENDS,
  "Loops": LOOPS,
  "Listeners of the process": LISTENERS,
  "Streams and descriptors": STREAMS,
  "Built-in objects that it changes": PATCHED,
  "State of the process": STATES,
  "Children and threads": CHILDREN,
  "Memory and large values": MEMORY,
  "Output": LOGGING,
  "Modules that are loaded": LOADING,
  "Instances that begin": BEGINNING,
};

/** All of them. */
export const MODES: readonly Mode[] = Object.values(KINDS).flat();
