// What a developer's tools see of a server's events, from the plugin's side of the socket.
import type { Event } from "../engine/event.ts";
import type { EventEnd } from "../engine/turn.ts";
import type { PdkObserver } from "../pdk/observed_caller.ts";

/** Sees events. Costs nothing where there is none. */
export interface EventObserver {
  /**
   * An event begins.
   *
   * @param command the number of the gateway's command, which is unique for a plugin; undefined if
   * it was passed on by another process
   * @returns what sees its PDK calls, if anything is to
   */
  began(event: Event, command: number | undefined): PdkObserver | undefined;
  /** An event failed, was late, or was left by the gateway. */
  failed(event: Event, end: EventEnd, error: unknown): void;
}
