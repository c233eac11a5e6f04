// What a client process is told to do, and what it reports.

/** What to do. */
export interface Order {
  readonly socket: string;
  readonly plugin: string;
  /** MsgPack:1 if it is left out. */
  readonly protocol?: "MsgPack:1" | "ProtoBuf:1";
  readonly connections: number;
  /** Counting begins then, in Unix milliseconds; what runs before warms up. */
  readonly from: number;
  /** Counting ends then, or after so many events. */
  readonly until: number | { readonly events: number };
}

/** What was counted. */
export interface Tally {
  readonly events: number;
  /** How long was counted, in milliseconds. */
  readonly ms: number;
  /** Events by their duration: pairs of a slot of `SLOT_MS` and a number of events. */
  readonly durations: readonly (readonly [slot: number, events: number])[];
  /** The part of the time that this process was computing: near 1, it is what limits the result. */
  readonly busy: number;
  /** Calls an event that were answered: its round trips. */
  readonly trips: number;
}

/** Width of a slot of durations, in milliseconds. */
export const SLOT_MS = 0.01;
