// The file in which a worker writes down what it runs, on the supervisor's side.
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { CELLS, type Doing, fromCell, instanceCell, PLACES, type Said } from "./layout.ts";

const CELL_BYTES = 4;

/** Something that a worker ran when it died. */
export interface Running {
  readonly instance: number;
  readonly doing: Doing;
  /** Whether it waited for the gateway: none of its code ran. */
  readonly waits: boolean;
  /** Whether its code is what ran last. */
  readonly current: boolean;
}

/** What a worker has written down. */
export interface Recorded {
  readonly running: readonly Running[];
  /** Events that it had begun. */
  readonly begun: number;
}

/**
 * Fills a record with zeros. A file that is long without taking any place would end a worker that
 * writes into its memory once the disk is full.
 *
 * @returns whether there is a place for all of it
 */
function isFilled(descriptor: number): boolean {
  const zeros = Buffer.alloc(CELLS * CELL_BYTES);
  try {
    return writeSync(descriptor, zeros, 0, zeros.length, 0) === zeros.length;
  } catch {
    return false;
  }
}

/** One worker's record. Its file has no name: it goes with the processes that have it open. */
export class RunningRecord {
  /** Where the worker opens it; only a process of the same user can. */
  readonly path: string;
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.path = `/proc/${process.pid}/fd/${descriptor}`;
  }

  /**
   * Makes a record, in memory if it can be had.
   *
   * @param socketPath of the server: the last folder that is tried is the socket's
   * @returns undefined where there is no place for it: who ran is not known there
   */
  static create(socketPath: string): RunningRecord | undefined {
    if (process.platform !== "linux") return undefined;
    for (const folder of ["/dev/shm", tmpdir(), dirname(socketPath)]) {
      const file = join(folder, `.gibbon-${randomBytes(6).toString("hex")}`);
      try {
        const { O_RDWR, O_CREAT, O_EXCL } = constants;
        const descriptor = openSync(file, O_RDWR | O_CREAT | O_EXCL, 0o600);
        unlinkSync(file);
        if (isFilled(descriptor)) return new RunningRecord(descriptor);
        closeSync(descriptor);
      } catch {
        // The next folder.
      }
    }
    return undefined;
  }

  /** What is written down. */
  read(): Recorded {
    const bytes = Buffer.alloc(CELLS * CELL_BYTES);
    readSync(this.#descriptor, bytes, 0, bytes.length, 0);
    const at = (cell: number) => bytes.readInt32LE(cell * CELL_BYTES);
    const all: (Said & { readonly instance: number })[] = [];
    let begun = 0;
    for (let place = 0; place < PLACES; place++) {
      const cell = instanceCell(place);
      const said = fromCell(at(cell + 1));
      if (said) all.push({ instance: at(cell), ...said });
      begun = Math.max(begun, at(cell + 2));
    }
    const latest = Math.max(0, ...all.map(({ turn }) => turn));
    const running = all.map(({ turn, ...one }) => ({
      ...one,
      current: !one.waits && turn === latest,
    }));
    return { running, begun };
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
