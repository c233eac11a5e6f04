// How many files and sockets this process may still open, and some that are kept for its own use.
import { closeSync, openSync, readFileSync } from "node:fs";
import { codeOf } from "./errors.ts";

/** Descriptors that are kept from connections unless said otherwise. */
export const RESERVED_DESCRIPTORS = 32;

/** What a log says of a connection that was not taken in for want of them. */
export const TOO_FEW = {
  code: "LIMIT",
  remedy: "Raise the limit of open files (ulimit -n, LimitNOFILE), or find out what is left open.",
} as const;

/** Held, so that connections can be taken in and turned away when something else has taken all others. */
const SPARE = 4;

/** How often it is looked whether the spare ones are needed, in milliseconds. */
const LOOK_MS = 250;

/**
 * Watches the table of open files. The system gives the lowest number that is free: so what a file gets
 * that is opened now tells how full the table is.
 */
export class Descriptors {
  /** Numbers from here on are kept; undefined where nobody knows how many there are. */
  readonly #kept: number | undefined;
  readonly #spare: number[] = [];
  readonly #looking: ReturnType<typeof setInterval> | undefined;

  /**
   * @param reserve how many are kept
   * @param limit how many there are in all; what the system says if left out
   */
  constructor(reserve: number, limit = descriptorLimit()) {
    if (limit === undefined) return;
    this.#kept = Math.max(0, limit - reserve);
    this.#fill();
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    (this.#looking as { unref?: () => void }).unref?.();
  }

  /** Whether what was opened last is one of those that are kept. */
  get isShort(): boolean {
    if (this.#kept === undefined) return false;
    // Given up, they leave low numbers free.
    if (this.#spare.length < SPARE) return true;
    const next = nextDescriptor();
    return next === "none" || (next !== undefined && next > this.#kept);
  }

  /** Gives everything back. */
  close(): void {
    clearInterval(this.#looking);
    this.#release();
  }

  /**
   * A socket whose connection cannot be taken in stays ready, and a runtime tries for ever. With the
   * spare ones given up it gets that far; see `isShort` for what becomes of it.
   */
  #look(): void {
    if (this.#spare.length < SPARE) return this.#fill();
    if (nextDescriptor() === "none") this.#release();
  }

  /** Takes them only while there are others left. */
  #fill(): void {
    while (this.#spare.length < SPARE) {
      const next = open();
      if (typeof next !== "number") return this.#release();
      this.#spare.push(next);
    }
    if (nextDescriptor() === "none") this.#release();
  }

  #release(): void {
    for (const descriptor of this.#spare.splice(0)) closeSync(descriptor);
  }
}

/** Soft limit of open files, as Linux tells it; undefined elsewhere, or without a limit. */
function descriptorLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ??
      [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** The number that is given out next; `none` if there is none, undefined where nobody can tell. */
function nextDescriptor(): number | "none" | undefined {
  const descriptor = open();
  if (typeof descriptor === "number") closeSync(descriptor);
  return descriptor;
}

function open(): number | "none" | undefined {
  try {
    return openSync("/dev/null", "r");
  } catch (error) {
    const code = codeOf(error);
    return code === "EMFILE" || code === "ENFILE" ? "none" : undefined;
  }
}
