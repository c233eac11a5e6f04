// What a process of gibbon dev says of itself, in a file that the one which keeps it reads: also while a
// plugin blocks it, and after it has died.
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { Buffer } from "node:buffer";
import * as v from "valibot";
import { attempt } from "../../base/printable.ts";

/** Length of the file, in bytes: it is written whole, in one piece. */
const LENGTH = 4096;

/** How often a process says that it is not blocked, in milliseconds. */
export const BEAT_MS = 250;

const Ports = v.object({
  gateway: v.number(),
  https: v.optional(v.number()),
  inspector: v.optional(v.number()),
});

const State = v.object({
  /** Counts up for as long as the process is not blocked. */
  beats: v.number(),
  /** Whether it listens. */
  ready: v.boolean(),
  /** Whether it ends so that another one takes its place. */
  renew: v.optional(v.boolean()),
  /** Where it listens, or is to listen as one before it did. */
  ports: v.optional(Ports),
  /** The code of a plugin that began to run last. */
  ran: v.optional(v.object({
    /** A phase, `init`, or `import` for the module itself. */
    doing: v.string(),
    file: v.string(),
    plugin: v.optional(v.string()),
  })),
});

/** What a process says of itself. */
export type DevState = v.InferOutput<typeof State>;

/** Where a process listens; the next one is to listen there, too. */
export type DevPorts = v.InferOutput<typeof Ports>;

/** Of a process that has not said anything yet. */
export const NOTHING_SAID: DevState = { beats: 0, ready: false };

/** A state as the file has it: JSON, filled up with spaces. */
function toBytes(state: DevState): Buffer {
  return Buffer.from(JSON.stringify(state).padEnd(LENGTH));
}

/** Makes the file, for a process that is about to be started. */
export function createState(file: string, ports: DevPorts | undefined): void {
  writeFileSync(file, toBytes(ports ? { ...NOTHING_SAID, ports } : NOTHING_SAID), { mode: 0o600 });
}

/** Reads the file; undefined if it is just being written, or gone. */
export function readState(file: string): DevState | undefined {
  const read = attempt(() => v.safeParse(State, JSON.parse(readFileSync(file, "utf8"))));
  return read?.success ? read.output : undefined;
}

/** Writes what changes, at once: the next moment may be one of a loop without an end. */
export class StateWriter {
  readonly #descriptor: number;
  #state: DevState;

  /** @throws {Error} if the file is not there */
  constructor(file: string) {
    this.#state = readState(file) ?? NOTHING_SAID;
    this.#descriptor = openSync(file, "r+");
  }

  /** Where the process is to listen, if one before it did. */
  get ports(): DevPorts | undefined {
    return this.#state.ports;
  }

  write(change: Partial<DevState>): void {
    this.#state = { ...this.#state, ...change };
    const bytes = toBytes(this.#state);
    // What is too long for it is not worth an error.
    if (bytes.length === LENGTH) writeSync(this.#descriptor, bytes, 0, LENGTH, 0);
  }

  beat(): void {
    this.write({ beats: this.#state.beats + 1 });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
