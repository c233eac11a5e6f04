// A new server's part of a handover: asks the one that has the socket, and prepares to take it over.
import { link, lstat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { nameBeside } from "../../../base/socket_file.ts";
import type { Logger } from "../../../base/log.ts";
import type { Listener, Runtime } from "../../../runtime/contract.ts";
import type { TakeOver } from "../../../runtime/socket/open.ts";
import { askHolder, findHolder, type HoldingGibbon, isGone } from "./holder.ts";
import type { OwnLineage } from "./own_lineage.ts";
import { takeTurn } from "./turn.ts";
import { recent, takeoverRefusal } from "./verdict.ts";

/** How often it is looked whether the old server is gone, in milliseconds. */
const LOOK_MS = 5000;
/** How often it is begun again because the path has become another server's meanwhile. */
const ATTEMPTS = 5;

/** What a handover needs. */
export interface HandoverParts {
  readonly runtime: Pick<Runtime, "connect" | "listen">;
  /** The socket's path. */
  readonly path: string;
  readonly lineage: OwnLineage;
  readonly log: Logger;
  /**
   * Called before the path changes hands: from then on steps of older servers' events come here.
   *
   * @param older paths that lead to those servers, the last one first
   */
  readonly prepared: (older: readonly string[]) => Promise<void>;
}

/** One server's taking of its socket. */
export class Handover {
  readonly #parts: HandoverParts;
  #from: HoldingGibbon | undefined;
  #older: readonly string[] = [];
  #turn: Listener | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(parts: HandoverParts) {
    this.#parts = parts;
  }

  /** Paths that lead to the servers that had the socket before, as long as those are there. */
  get older(): readonly string[] {
    return this.#older;
  }

  /**
   * Looks, before anything is loaded, whether a gibbon has the socket and must keep it.
   *
   * @throws {GibbonError} SOCKET_IN_USE
   */
  async refuseEarly(): Promise<void> {
    const { runtime, lineage } = this.#parts;
    const file = resolve(this.#parts.path);
    const holder = await findHolder(runtime, file);
    const refusal = "problem" in holder
      ? undefined
      : takeoverRefusal(file, lineage, holder, Date.now());
    if (refusal) throw refusal;
  }

  /**
   * Puts the socket at its path.
   *
   * @param open opens it, and asks `takeOver` where a server answers
   * @throws what `open` throws; then nothing is left of the handover
   */
  async place<T>(open: (takeOver: TakeOver) => Promise<T>): Promise<T> {
    try {
      const socket = await open(this.#takeOver);
      this.#placed();
      return socket;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      await this.#turn?.close();
    }
  }

  readonly #takeOver = async (file: string): Promise<void> => {
    this.#turn = await takeTurn(this.#parts.runtime, file);
    // The holder may end meanwhile, and another server find the path free: then that one is asked.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const holder = await this.#prepare(file);
      if (holder === undefined || await isSameFile(holder, file)) return;
      await this.#forget(this.#older);
    }
  };

  /** Gives another path of the server that has the socket; undefined if that cannot be had. */
  async #prepare(file: string): Promise<string | undefined> {
    const { runtime, lineage, prepared } = this.#parts;
    const holder = await askHolder(runtime, file).catch(undefinedIfGone);
    const now = Date.now();
    const refusal = holder && takeoverRefusal(file, lineage, holder, now);
    if (refusal) throw refusal;
    if (holder) lineage.takeovers = [...recent(holder.takeovers, now), now];
    this.#from = holder;
    const beside = (holder?.older ?? []).map((name) => join(dirname(file), name));
    const links = await Promise.all(holder ? [file, ...beside].map(linkBeside) : []);
    this.#remember(links.filter((path) => path !== undefined));
    await prepared(this.#older);
    return links[0];
  }

  #remember(older: readonly string[]): void {
    this.#older = older;
    this.#parts.lineage.older = older.map((path) => basename(path));
  }

  async #forget(gone: readonly string[]): Promise<void> {
    this.#remember(this.#older.filter((path) => !gone.includes(path)));
    for (const path of gone) await unlink(path).catch(() => {});
  }

  #placed(): void {
    if (!this.#from) return;
    const { pid, version } = this.#from;
    const { log, path } = this.#parts;
    log.info("took the socket over from another server", { socket: path, from: pid, version });
    this.#looking = setInterval(() => void this.#look(), LOOK_MS);
    (this.#looking as { unref?: () => void }).unref?.();
  }

  /** Leaves nothing behind. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#forget(this.#older);
  }

  /** Removes the names of servers that are gone. */
  async #look(): Promise<void> {
    const silent = { data: () => {}, closed: () => {} };
    for (const path of this.#older) {
      try {
        (await this.#parts.runtime.connect(path, silent)).destroy();
      } catch (error) {
        if (isGone(error)) await this.#forget([path]);
      }
    }
  }
}

/** A server may end while it is asked, and its socket may be gone with it. */
function undefinedIfGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map((path) => lstat(path, { bigint: true }).catch(() => undefined)),
  );
  return a?.ino === b?.ino && a?.dev === b?.dev;
}

/** A second name for a socket, in the same folder. There may be none for another user's. */
async function linkBeside(file: string): Promise<string | undefined> {
  const beside = nameBeside(file);
  try {
    await link(file, beside);
    return beside;
  } catch {
    return undefined;
  }
}
