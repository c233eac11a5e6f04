// An old server's part of a handover: notices that its socket was taken over, and when it may leave.
import { resolve } from "node:path";
import type { Logger } from "../../../base/log.ts";
import { atMost, pause } from "../../../base/waiting.ts";
import type { Runtime, SocketListener } from "../../../runtime/contract.ts";
import type { Starter } from "../../protocol/lineage.ts";
import { findHolder, type HoldingGibbon } from "./holder.ts";
import type { OwnLineage } from "./own_lineage.ts";

/** How often the path is looked at, in milliseconds. */
const LOOK_MS = 500;
/** How often it is looked whether everything is served, where that is waited for. */
const SERVED_MS = 50;
/** How often in a row nothing must be there: somebody may have connected, and not be let in yet. */
const IDLE_LOOKS = 2;

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
  readonly lineage: OwnLineage;
  readonly log: Logger;
  usage(): Promise<Usage>;
  /** Another server has taken over. */
  replaced(): void;
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
   * Waits, when the server is to stop, until nobody needs it, and looks no more then. A gateway that
   * still has connections, or that starts another server and waits for that, is served as ever. For
   * half of the grace time at most: what comes later has to be refused, which stops requests.
   *
   * @param graceMs the grace time
   * @returns what is left of it
   */
  async servedOut(graceMs: number): Promise<number> {
    const begin = performance.now();
    const late = new AbortController();
    await atMost(graceMs / 2, this.#served(late.signal));
    late.abort();
    clearInterval(this.#timer);
    return graceMs - (performance.now() - begin);
  }

  async #served(late: AbortSignal): Promise<void> {
    for (let idle = 0; idle < IDLE_LOOKS && !late.aborted;) {
      idle = await this.#isNeeded() ? 0 : idle + 1;
      if (idle < IDLE_LOOKS) await pause(SERVED_MS, late);
    }
  }

  async #isNeeded(): Promise<boolean> {
    const { socket, lineage } = this.#parts;
    return !await this.#idle() || (lineage.isKongThere && await socket.isAt(this.#file));
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
    this.#parts.replaced();
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
