// What is written down of events while they run, for whoever looks after the process that runs them.
import type { Phase } from "./phases.ts";

/** An event, as far as it is written down. */
export interface RecordedEvent {
  readonly instance: {
    readonly id: number;
    readonly plugin: { readonly name: string; readonly file: string };
  };
  readonly phase: Phase;
  /** The recorder's own: where it has written the event down. */
  place: number;
}

/** Writes events down. All of this is on the path of every event, and throws nothing. */
export interface EventRecorder {
  /** An event begins: its code runs now. */
  began(event: RecordedEvent): void;
  /** The event has asked the gateway for something, and waits for it. */
  waits(event: RecordedEvent): void;
  /** The gateway has answered: the event's code runs again. */
  runs(event: RecordedEvent): void;
  /** The event is over. */
  ended(event: RecordedEvent): void;
}
