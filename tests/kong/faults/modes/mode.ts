// What a mode of misbehaviour is: code of a plugin, where it acts, and what may become of a request.
import type { OutcomeKind } from "../../life/nginx/outcome.ts";

/** Where in a plugin the code of a mode stands. */
export type Place =
  /** At the module's top level. */
  | "load"
  /** The whole file: it says itself what it exports. */
  | "file"
  /** The schema of the configuration, as an expression. */
  | "configure"
  /** In `init`. */
  | "init"
  /** In the handler, before anything is awaited. */
  | "handler"
  /** In the handler, after a call was awaited. */
  | "awaited"
  /** In a timer, while the handler runs. */
  | "timer"
  /** In a timer, when the event is over. */
  | "afterwards"
  /** In the handler of another phase, before anything is awaited. */
  | "rewrite"
  | "response"
  | "log";

/** A way of misbehaving. */
export interface Mode {
  /** The plugin's name as well. */
  readonly name: string;
  readonly acts: Place;
  /**
   * JavaScript that sees `kong`, `process`, `require`, `v`, `pause(ms)`, and `mark()`, by which a
   * handler says that it has run.
   */
  readonly code: string;
  /** Declarations at the top level. */
  readonly top?: string;
  /** What may become of a request where the process stays. */
  readonly answers: readonly OutcomeKind[];
  /**
   * What becomes of the process. `gone`: it ends, or has to be ended since it is blocked. `may-go`:
   * that depends on the runtime. Without: it stays.
   */
  readonly process?: "gone" | "may-go";
  /** Whether the log has nothing to say, because others cannot notice it. */
  readonly silent?: boolean;
  /** Whether a process of its own is needed: what it does is for all of the process, or lasts. */
  readonly alone?: boolean;
  /** Whether it is in the gate. */
  readonly quick?: boolean;
}

/** What a mode says beside its name, place and code. */
export type More = Partial<Omit<Mode, "name" | "acts" | "code">>;

/** A mode whose request is stopped. */
export const fails = (name: string, acts: Place, code: string, more: More = {}): Mode => {
  return { name, acts, code, answers: ["failed"], ...more };
};

/** A mode whose request goes on. */
export const passes = (name: string, acts: Place, code: string, more: More = {}): Mode => {
  return { name, acts, code, answers: ["ok"], ...more };
};

/** A mode whose process is gone, or blocked until somebody ends it. */
export const ends = (name: string, acts: Place, code: string, more: More = {}): Mode => {
  return { name, acts, code, answers: ["failed"], process: "gone", ...more };
};

/** For the gate. */
export const QUICK: More = { quick: true };

/** Nothing that a log could say. */
export const SILENT: More = { silent: true };
