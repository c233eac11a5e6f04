// An old server's part of a handover: notices that its socket was taken over, and when it may leave.
import { resolve } from "node:path";
import type { Logger } from "../../../base/log.ts";
import { atMost, pause } from "../../../base/waiting.ts";
import type { Runtime, SocketListener } from "../../../runtime/contract.ts";
import type { Lineage, Starter } from "../../protocol/lineage.ts";
import { findHolder, type HoldingGibbon } from "./holder.ts";

/** How often the path is looked at, in milliseconds. */
const LOOK_MS = 500;
/** How often it is looked whether everything is served, where that is waited for. */
const SERVED_MS = 50;

/** What a server has to do. */
export interface Usage {
  readonly connections: number;
  readonly events: number;
}

/** What the watch needs. */
export interface PlaceWatchParts {
  readonly runtime: Pick<Runtime, "connect">;
  readonly path: string;
  readonly socket: Pick<SocketListener, "isAt">;
  readonly lineage: Lineage;
  readonly log: Logger;
  usage(): Promise<Usage>;
}

/** Watches the path of a server's socket. */
export class PlaceWatch {
  /** Settles with the reason when the server is to leave by itself. */
  readonly leaves: Promise<string>;
  readonly #leave: (reason: string) => void;
  readonly #parts: PlaceWatchParts;
  readonly #file: string;
  readonly #timer: ReturnType<typeof setInterval>;
  #looking = false;
  #lost = false;
  #wasIdle = false;
  #successor: HoldingGibbon | undefined;

  constructor(parts: PlaceWatchParts) {
    this.#parts = parts;
    this.#file = resolve(parts.path);
    const { promise, resolve: leave } = Promise.withResolvers<string>();
    this.leaves = promise;
    this.#leave = leave;
    this.#timer = setInterval(() => void this.#tick(), LOOK_MS);
  }

  /**
   * Looks no more, and waits until everything is served, if another server has the socket: no new
   * connections come then, and what comes on those that are there is served as ever. For half of the
   * grace time at most: what comes later has to be refused, which stops requests, and not cut off.
   *
   * @param graceMs the grace time
   * @returns what is left of it
   */
  async servedOut(graceMs: number): Promise<number> {
    clearInterval(this.#timer);
    const begin = performance.now();
    const late = new AbortController();
    if (!await this.#parts.socket.isAt(this.#file)) {
      await atMost(graceMs / 2, this.#served(late.signal));
    }
    late.abort();
    return graceMs - (performance.now() - begin);
  }

  async #served(late: AbortSignal): Promise<void> {
    while (!late.aborted && !await this.#idle()) await pause(SERVED_MS, late);
  }

  async #tick(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#look();
    } finally {
      this.#looking = false;
    }
  }

  async #look(): Promise<void> {
    const { socket, lineage } = this.#parts;
    if (await socket.isAt(this.#file)) return;
    this.#successor ??= await this.#find();
    const wasIdle = this.#wasIdle;
    this.#wasIdle = await this.#idle();
    // Twice: somebody may have connected just before, and not have been let in yet.
    if (!this.#successor || !wasIdle || !this.#wasIdle) return;
    const { starter } = this.#successor;
    if (lineage.orphaned || isSame(starter, lineage.starter)) {
      this.#leave("another server has taken over the socket");
    }
  }

  /** Who has taken over. */
  async #find(): Promise<HoldingGibbon | undefined> {
    const { runtime, log, path, lineage } = this.#parts;
    const found = await findHolder(runtime, this.#file);
    if ("problem" in found) {
      if (!this.#lost) {
        log.warn("the socket's path leads elsewhere or nowhere: no new connections come in here", {
          socket: path,
          problem: found.problem,
          remedy: "Start gibbon again on that path: a new server makes the socket anew.",
        });
      }
      this.#lost = true;
      return undefined;
    }
    const { pid, version, starter } = found;
    const own = isSame(starter, lineage.starter);
    log.info("another server has taken over the socket; this one serves what it has", {
      socket: path,
      by: pid,
      version,
      ...(!own && starter && {
        starter: `${starter.name} ${starter.pid}`,
        remedy:
          "Do nothing while Kong reloads. Otherwise two programs start servers on one path: " +
          "give each server a socket of its own.",
      }),
    });
    return found;
  }

  async #idle(): Promise<boolean> {
    const usage = await this.#parts.usage().catch(() => undefined);
    return usage?.connections === 0 && usage.events === 0;
  }
}

/** Where it is not known who started them, a server waits to be ended by whoever that was. */
function isSame(one: Starter | undefined, other: Starter | undefined): boolean {
  if (!one || !other) return false;
  return one.pid === other.pid && one.startedAt === other.startedAt;
}
