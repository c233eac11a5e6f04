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
/** How long no event must begin until no more are waited for, and how often that is looked at. */
const QUIET_MS = 500;
const LOOK_QUIET_MS = 50;
/** The part of the grace time in which a server that is to stop serves on. */
const SERVING_PART = 0.8;

/** What a server has to do. */
export interface Usage {
  readonly connections: number;
  /** Events under way. */
  readonly events: number;
  /** Events that have begun so far. */
  readonly begun: number;
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
   * makes requests, or that starts another server and waits for that, is served as ever: for the
   * larger part of the grace time. What comes later has to be refused, which stops requests.
   *
   * @param graceMs the grace time
   * @returns what is left of it: a fifth at least
   */
  async servedOut(graceMs: number): Promise<number> {
    const begin = performance.now();
    const late = new AbortController();
    await atMost(graceMs * SERVING_PART, this.#served(late.signal));
    late.abort();
    clearInterval(this.#timer);
    return Math.max(graceMs * (1 - SERVING_PART), graceMs - (performance.now() - begin));
  }

  async #served(late: AbortSignal): Promise<void> {
    let begun = -1;
    for (let quietMs = 0; quietMs < QUIET_MS && !late.aborted;) {
      const usage = await this.#usage();
      const isQuiet = usage?.events === 0 && usage.begun === begun && !await this.#isAwaiting();
      // Without connections twice: somebody may have connected, and not be let in yet.
      quietMs = !isQuiet ? 0 : quietMs + (usage.connections === 0 ? QUIET_MS / 2 : LOOK_QUIET_MS);
      begun = usage?.begun ?? -1;
      await pause(LOOK_QUIET_MS, late);
    }
  }

  /** Whether Kong goes on, and has not put another server into the place of this one yet. */
  async #isAwaiting(): Promise<boolean> {
    const { socket, lineage } = this.#parts;
    return lineage.isKongThere && await socket.isAt(this.#file);
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
    const usage = await this.#usage();
    return usage?.connections === 0 && usage.events === 0;
  }

  /** Undefined where it cannot be told, which is not to say that there is nothing. */
  #usage(): Promise<Usage | undefined> {
    return this.#parts.usage().catch(() => undefined);
  }
}

/** Where it is not known who started them, a server waits to be ended by whoever that was. */
function isSame(one: Starter | undefined, other: Starter | undefined): boolean {
  if (!one || !other) return false;
  return one.pid === other.pid && one.startedAt === other.startedAt;
}
