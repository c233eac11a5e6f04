// A connection to the hub from its first byte: a stranger, then a plugin or somebody refused.
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { Link } from "../link.ts";
import {
  envelope,
  EnvelopeType,
  METHOD_SHUTDOWN,
  type PluginInfo,
  readEnvelope,
  readHandshake,
} from "../messages.ts";
import { setTimer, type Timer } from "../timer.ts";
import type { HubLimits } from "./limits.ts";
import type { Plugged } from "./plugged.ts";

/** What the hub does with a connection. */
export interface HubConnectionUser {
  /** Somebody said who it is: the plugin, or why it is refused. */
  admit(info: PluginInfo, link: Link): Plugged | string;
  /** The connection is over. With a reason if it was broken. */
  closed(reason: string | undefined): void;
}

/** One connection. */
export class HubConnection implements ConnectionEvents {
  readonly #limits: HubLimits;
  readonly #user: HubConnectionUser;
  readonly #link: Link;
  readonly #patience: Timer;
  #received = 0;
  #isRefused = false;
  #plugin: Plugged | undefined;

  constructor(connection: Connection, limits: HubLimits, user: HubConnectionUser) {
    this.#limits = limits;
    this.#user = user;
    this.#link = new Link(limits, {
      value: (value) => this.#take(value),
      closed: (reason) => {
        clearTimeout(this.#patience);
        this.#plugin?.closed(reason);
        user.closed(reason);
      },
    });
    this.#link.open(connection);
    this.#patience = setTimer(
      () => this.destroy(this.#isRefused ? "it was refused and stayed" : late(limits)),
      limits.handshakeMs,
    );
  }

  /** The plugin, once it is one. */
  get plugin(): Plugged | undefined {
    return this.#plugin;
  }

  /** Whether it has not said yet who it is, or was refused and is still there. */
  get isStranger(): boolean {
    return this.#plugin === undefined;
  }

  data(chunk: Uint8Array): void {
    if (!this.#plugin) {
      this.#received += chunk.length;
      if (this.#isRefused) return;
      if (this.#received > this.#limits.handshakeBytes) {
        return this.destroy(`a handshake of more than ${this.#limits.handshakeBytes} bytes`);
      }
    }
    this.#link.data(chunk);
  }

  drained(): void {
    this.#link.drained();
  }

  /** Who sends no more answers no more: there is nobody left to send anything to. */
  ended(): void {
    this.#link.ended();
  }

  closed(): void {
    this.#link.closed();
  }

  /** Ends the connection at once. */
  destroy(reason?: string): void {
    this.#link.destroy(reason);
  }

  #take(value: unknown): void {
    if (this.#plugin) return this.#plugin.take(readEnvelope(value));
    if (this.#isRefused) return;
    const admitted = this.#user.admit(readHandshake(value), this.#link);
    if (typeof admitted === "string") return this.#refuse(admitted);
    this.#plugin = admitted;
    clearTimeout(this.#patience);
  }

  /** Says why, and leaves the closing to the plugin; the handshake's deadline still holds. */
  #refuse(Error: string): void {
    this.#isRefused = true;
    this.#link.send(EnvelopeType, envelope({ Method: METHOD_SHUTDOWN, Error }));
    this.#link.end();
  }
}

function late({ handshakeMs }: HubLimits): string {
  return `it did not say who it is within ${handshakeMs} ms`;
}
