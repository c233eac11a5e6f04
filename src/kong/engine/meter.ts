// Who counts what events do. All of it is on the path of every event, allocates nothing, throws nothing.
import type { Phase } from "./phases.ts";
import type { EventEnd } from "./turn.ts";

/** An event, as far as it is counted. */
export interface MeteredEvent {
  readonly instance: { readonly id: number; readonly plugin: { readonly name: string } };
  readonly phase: Phase;
}

/** Counts events and their calls; see kong/server/metrics. */
export interface EventMeter {
  /** A plugin makes a PDK call, whether the gateway has to be asked or not. */
  called(event: MeteredEvent, method: string): void;
  /** The gateway has answered a call, so many milliseconds after it was sent. */
  answered(event: MeteredEvent, method: string, ms: number): void;
  /** The handler's part is over; `ms` since the event began. */
  handled(event: MeteredEvent, end: EventEnd, ms: number): void;
}

/** Several of them as one; undefined for none. */
export function allMeters(meters: readonly (EventMeter | undefined)[]): EventMeter | undefined {
  const [first, second, ...more] = meters.filter((meter) => meter !== undefined);
  if (!first || !second) return first;
  const rest = allMeters([second, ...more])!;
  return {
    called(event, method) {
      first.called(event, method);
      rest.called(event, method);
    },
    answered(event, method, ms) {
      first.answered(event, method, ms);
      rest.answered(event, method, ms);
    },
    handled(event, end, ms) {
      first.handled(event, end, ms);
      rest.handled(event, end, ms);
    },
  };
}
