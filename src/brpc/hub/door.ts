// Where plugins come in: the addresses that the hub listens on, and connections nobody has vouched for.
import type { Duplex } from "node:stream";
import { Descriptors, RESERVED_DESCRIPTORS, TOO_FEW } from "../../base/descriptors.ts";
import { GibbonError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { SocketFileOptions } from "../../base/socket_file.ts";
import type { Connection, ConnectionEvents, TlsServerOptions } from "../../runtime/contract.ts";
import { take } from "../../runtime/shared/net.ts";
import { turnAway } from "../../runtime/socket/turn_away.ts";
import {
  formatAddress,
  type HubListener,
  type HubRuntime,
  isLocal,
  listenAt,
  parseAddress,
} from "../address.ts";
import { ERR_SHUTDOWN } from "../messages.ts";
import { HubConnection } from "./connection.ts";
import type { HubLimits } from "./limits.ts";
import type { Plugged } from "./plugged.ts";
import type { Roster } from "./roster.ts";
import { Strangers } from "./strangers.ts";

/** Lets plugins in until it is closed. */
export class Door {
  readonly #roster: Roster;
  readonly #limits: HubLimits;
  readonly #log: Logger;
  readonly #listeners: HubListener[] = [];
  readonly #strangers: Strangers;
  #descriptors: Descriptors | undefined;
  #isClosed = false;

  constructor(roster: Roster, limits: HubLimits, log: Logger) {
    this.#roster = roster;
    this.#limits = limits;
    this.#log = log;
    this.#strangers = new Strangers(limits.strangers, log);
  }

  /**
   * Listens on one more address.
   *
   * @returns the address as it is now, with its port
   * @throws {GibbonError} OPTION_INVALID, SOCKET_IN_USE, SOCKET_FAILED, DRAINING
   */
  async open(
    runtime: HubRuntime,
    address: string,
    secure?: TlsServerOptions,
    file?: SocketFileOptions,
  ): Promise<string> {
    const parsed = parseAddress(address);
    const listener = await listenAt(runtime, parsed, this.#accept, secure, file);
    if (this.#isClosed) {
      await listener.close();
      throw new GibbonError("DRAINING", ERR_SHUTDOWN);
    }
    this.#listeners.push(listener);
    this.#descriptors ??= new Descriptors(RESERVED_DESCRIPTORS);
    if (!isLocal(parsed) && secure?.ca === undefined) {
      this.#log.warn("the hub listens to other machines, and takes whoever comes for a plugin", {
        address: formatAddress(parsed),
        remedy: "Listen on 127.0.0.1 or a Unix socket, or ask plugins for certificates (TLS).",
      });
    }
    return listener.address;
  }

  /** Takes a plugin in that comes by a stream of somebody else's making. */
  adopt(stream: Duplex): void {
    take(stream, this.#accept);
  }

  /** Takes no more connections, and drops those that no plugin has come of. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#strangers.destroyAll();
    this.#descriptors?.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  readonly #accept = (connection: Connection): ConnectionEvents => {
    if (this.#descriptors?.isShort) {
      return turnAway(connection, this.#log, "there are too few descriptors left", TOO_FEW);
    }
    const accepted: HubConnection = new HubConnection(connection, this.#limits, {
      admit: (info, link) => {
        const settled = (admitted: Plugged | string) => {
          if (typeof admitted !== "string") this.#strangers.delete(accepted);
          return admitted;
        };
        const admitted = this.#roster.admit(info, link);
        return admitted instanceof Promise ? admitted.then(settled) : settled(admitted);
      },
      closed: (reason) => {
        const { plugin } = accepted;
        if (plugin) this.#roster.left(plugin, reason);
        else this.#strangers.closed(accepted, reason);
      },
    });
    if (this.#isClosed) accepted.destroy();
    else this.#strangers.add(accepted);
    return accepted;
  };
}
