// Modules that kill or block a worker process while they are imported: the next one leaves them out.
import { statSync } from "node:fs";
import type { Logger } from "../../../base/log.ts";
import { type DeadWorker, isFromAnybody } from "./dead_worker.ts";

/** A module that is not to be imported as long as its file is what it was. */
export interface UnloadableModule {
  readonly file: string;
  /** See `stampOf`. */
  readonly stamp: string;
  /** What importing it did. */
  readonly deed: string;
}

/** What a worker has to know before it imports modules. */
export interface ImportOrders {
  readonly unloadable: readonly UnloadableModule[];
  /**
   * The modules to import before all others, each by itself, since an earlier worker died while it
   * imported them.
   */
  readonly suspects: readonly string[];
}

/** How often each worker may die in a row without a module that has been found guilty. */
const MOST_UNPROVEN = 4;

/** Tells one state of a file from the next. */
export function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "gone";
  }
}

/**
 * Remembers them for all workers of a server. A module that was being imported when a worker died may
 * not be to blame: another one that was begun beside it was, or its timer, or somebody from outside. So
 * the next worker imports it before all others. One that is the first of its process, is imported alone
 * and ends it is left out from then on; where a signal came that anybody can send, only the second time.
 */
export class Unloadable {
  readonly #log: Logger;
  readonly #modules = new Map<string, UnloadableModule>();
  readonly #workers: number;
  #suspects: readonly string[] = [];
  #unproven = 0;

  /** @param workers how many processes load the same modules at the same time */
  constructor(log: Logger, workers: number) {
    this.#log = log;
    this.#workers = workers;
  }

  /** What a new worker has to know. */
  get orders(): ImportOrders {
    return { unloadable: [...this.#modules.values()], suspects: this.#suspects };
  }

  /**
   * A worker has died.
   *
   * @returns whether it died while it imported a module, and the next one may live
   */
  died({ importing, killedFor, code, signal, spoilt }: DeadWorker): boolean {
    if (!importing || killedFor === "other") return false;
    const { files: [file = ""], underWay, isAlone } = importing;
    const isSpoilt = killedFor === "spoilt";
    const isSuspect = this.#suspects.includes(file);
    const isChance = killedFor === undefined && isFromAnybody(signal);
    // Whether it was spoilt is looked at before and after each module: then it need not be the first.
    const isProven = (isSpoilt && underWay === 1) || (isAlone && (!isChance || isSuspect));
    if (!isProven) {
      this.#suspects = importing.files;
      return ++this.#unproven < MOST_UNPROVEN * this.#workers;
    }
    this.#suspects = [];
    this.#unproven = 0;
    const what = isSpoilt
      ? "spoils"
      : killedFor === "blocked"
      ? "blocks"
      : `ends (${signal ?? `code ${code}`})`;
    this.#leaveOut(file, what, spoilt);
    return true;
  }

  #leaveOut(file: string, what: string, reason?: string): void {
    const stamp = stampOf(file);
    // Several workers may have met it at once.
    if (this.#modules.get(file)?.stamp === stamp) return;
    this.#modules.set(file, { file, stamp, deed: `importing it ${what} the process` });
    this.#log.error(`a module is left out: importing it ${what} the worker process`, {
      code: "PLUGIN_BROKEN",
      file,
      reason,
      remedy: "Correct it: it is imported again when its file has changed and plugins are loaded.",
    });
  }
}
