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
  admit(info: PluginInfo, link: Link): Plugged | string | Promise<Plugged | string>;
  /** The connection is over. With a reason if it was broken. */
  closed(reason: string | undefined): void;
}

/** One connection. */
export class HubConnection implements ConnectionEvents {
  readonly #limits: HubLimits;
  readonly #user: HubConnectionUser;
  readonly #link: Link;
  #patience: Timer;
  #received = 0;
  #isRefused = false;
  #plugin: Plugged | undefined;
  /** With why it is over, once it is. */
  #closed: { readonly reason: string | undefined } | undefined;

  constructor(connection: Connection, limits: HubLimits, user: HubConnectionUser) {
    this.#limits = limits;
    this.#user = user;
    this.#link = new Link(limits, {
      value: (value) => this.#take(value),
      closed: (reason) => {
        clearTimeout(this.#patience);
        this.#closed = { reason };
        this.#plugin?.closed(reason);
        user.closed(reason);
      },
    });
    this.#link.open(connection);
    this.#patience = this.#wait(late(limits));
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
    if (!(admitted instanceof Promise)) return this.#settle(admitted);
    // It has said who it is; now it is the hubs' turn.
    clearTimeout(this.#patience);
    this.#link.pause();
    void admitted.then((admitted) => {
      this.#settle(admitted);
      this.#link.resume();
    });
  }

  /** @param admitted the plugin, or why it is refused */
  #settle(admitted: Plugged | string): void {
    if (typeof admitted === "string") return this.#refuse(admitted);
    this.#plugin = admitted;
    clearTimeout(this.#patience);
    if (!this.#closed) return;
    // It has not waited for the answer.
    admitted.closed(this.#closed.reason);
    this.#user.closed(this.#closed.reason);
  }

  /** Says why, and leaves the closing to the plugin, which has as long again as for its handshake. */
  #refuse(Error: string): void {
    this.#isRefused = true;
    this.#link.send(EnvelopeType, envelope({ Method: METHOD_SHUTDOWN, Error }));
    this.#link.end();
    clearTimeout(this.#patience);
    if (!this.#closed) this.#patience = this.#wait("it was refused and stayed");
  }

  /** Ends the connection unless something else happens in time. */
  #wait(otherwise: string): Timer {
    return setTimer(() => this.destroy(otherwise), this.#limits.handshakeMs);
  }
}

function late({ handshakeMs }: HubLimits): string {
  return `it did not say who it is within ${handshakeMs} ms`;
}
