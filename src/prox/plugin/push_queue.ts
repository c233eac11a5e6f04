// Lines to the host: what replaces one another is joined, and they go out a few at a time.
import { Buffer } from "node:buffer";
import { GibbonError } from "../../base/errors.ts";
import { attempt, printable } from "../../base/printable.ts";
import { jsonLine } from "../../wire/json_lines.ts";
import { LINE_BYTES, type PushMessage } from "../lifecycle.ts";

/** Lines at a time. prox keeps 32 pushes waiting and drops what comes on top. */
const BATCH = 16;
/** How long the host has for a batch, in milliseconds. */
const PAUSE_MS = 10;
/** Pushes that wait at most: different targets, and log entries. */
const WAITING = 1000;
/** Longest message and argument of a log entry, in characters. */
const LOG_CHARACTERS = 8192;

/** Writes bytes to the host; settles when they are out. */
export type WriteLine = (bytes: Uint8Array) => Promise<void>;

type LogPush = PushMessage & { readonly method: "log" };

/** The way out. A line that cannot be written is lost: its host is gone, and stdin ends soon. */
export class PushQueue {
  readonly #write: WriteLine;
  /** Lines in the order in which they go, by what a later line would replace. */
  readonly #lines = new Map<unknown, Uint8Array>();
  #flushing: Promise<void> | undefined;
  #dropped = 0;

  constructor(write: WriteLine) {
    this.#write = write;
  }

  /** Sends what nothing replaces: `ready`, acknowledgements. */
  send(message: unknown): void {
    this.#put(Symbol(), jsonLine(message));
  }

  /**
   * Sends a push in place of those for the same target that wait.
   *
   * @throws {GibbonError} LIMIT if it makes a longer line than a host reads, or too many wait
   */
  replace(push: PushMessage & { readonly method: "set_targets" | "set_speed" }): void {
    const { route_id, action } = push.params;
    const group = push.method === "set_speed" ? push.params.group_key : undefined;
    const line = jsonLine(push);
    if (line.length > LINE_BYTES) {
      throw new GibbonError(
        "LIMIT",
        `A ${push.method} of ${line.length} bytes; hosts read ${LINE_BYTES} at most`,
        { remedy: "Give fewer targets, or spread them over several routes or actions." },
      );
    }
    const key = JSON.stringify([push.method, route_id, action, group]);
    // What comes later counts, also against pushes for other targets: it goes behind them.
    this.#lines.delete(key);
    if (this.#lines.size >= WAITING) {
      throw new GibbonError("LIMIT", `${WAITING} pushes wait for the host already`);
    }
    this.#put(key, line);
  }

  /** Sends a log entry. Where too many wait it is left out, and counted. */
  log(push: LogPush): void {
    if (this.#lines.size >= WAITING) {
      this.#dropped++;
      return;
    }
    this.#put(Symbol(), logLine(push));
  }

  /** Settles when everything is out. */
  async flushed(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  #put(key: unknown, line: Uint8Array): void {
    this.#lines.set(key, line);
    this.#flushing ??= this.#flush().finally(() => this.#flushing = undefined);
  }

  async #flush(): Promise<void> {
    // What is said in the same turn goes together.
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    while (this.#lines.size > 0) {
      const batch = [...this.#lines].slice(0, BATCH);
      for (const [key] of batch) this.#lines.delete(key);
      await this.#write(Buffer.concat(batch.map(([, line]) => line))).catch(() => {});
      this.#reportDropped();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const params = {
      level: "warn" as const,
      message: "log entries were left out",
      args: ["count", this.#dropped],
    };
    this.#dropped = 0;
    this.#lines.set(Symbol(), logLine({ method: "log", params }));
  }
}

/** A log entry that surely fits into a line. */
function logLine(push: LogPush): Uint8Array {
  const line = jsonLine({ ...push, params: printableParams(push.params) });
  if (line.length <= LINE_BYTES) return line;
  const message = cut(push.params.message ?? "");
  return jsonLine({ ...push, params: { level: push.params.level, message } });
}

function printableParams({ level, message, args = [] }: LogPush["params"]): LogPush["params"] {
  return { level, message: cut(message ?? ""), args: (args ?? []).map(printableArgument) };
}

/** Numbers and flags stay; all else is text, whatever it is made of. */
function printableArgument(value: unknown): unknown {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) {
    return value;
  }
  const error = attempt(() => value instanceof Error ? String(value) : undefined);
  return cut(error ?? printable(value));
}

function cut(text: string): string {
  return text.length > LOG_CHARACTERS ? `${text.slice(0, LOG_CHARACTERS)}...` : text;
}
