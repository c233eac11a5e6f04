// Watches what happens on both sides of the socket, and sorts it by the exchange that it belongs to.
import { isGibbonError, messageOf } from "../base/errors.ts";
import { attempt } from "../base/printable.ts";
import type { ObservedRun } from "../kong/emulator/chain.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import type { KongLogEntry } from "../kong/emulator/node.ts";
import type { Numbering } from "../kong/emulator/runner.ts";
import type { Event } from "../kong/engine/event.ts";
import type { Phase } from "../kong/engine/phases.ts";
import type { EventEnd } from "../kong/engine/turn.ts";
import type { PdkMethod } from "../kong/pdk/functions.ts";
import type { CallOutcome, PdkObserver, SeenCall } from "../kong/pdk/observed_caller.ts";
import type { EventObserver } from "../kong/protocol/observer.ts";
import type { KongLogLine, PdkCall, PluginFailure } from "./results.ts";

/** What is known of one exchange. */
export class Trace {
  /** Of the runs that Kong has asked for; see `Watch`. */
  readonly keys: string[] = [];
  readonly calls: PdkCall[] = [];
  readonly logs: KongLogLine[] = [];
  readonly failures: PluginFailure[] = [];
  /** Whether functions fail: then each call goes out under its own name, so that those meet theirs. */
  readonly asksEach: boolean;

  constructor(asksEach: boolean) {
    this.asksEach = asksEach;
  }
}

/** A run of a handler that Kong has asked for. */
interface WatchedRun {
  readonly trace: Trace;
  readonly plugin: string;
  readonly phase: Phase;
}

/** Watches. */
export class Watch implements EventObserver {
  readonly #traces = new Map<string, Trace>();
  /** Runs whose event has not begun yet, by plugin and number of the command. */
  readonly #expected = new Map<string, WatchedRun>();
  readonly #events = new WeakMap<Event, WatchedRun>();

  /** An exchange begins. */
  open({ requestId }: Exchange, asksEach: boolean): Trace {
    const trace = new Trace(asksEach);
    this.#traces.set(requestId, trace);
    return trace;
  }

  /** It is over. */
  close({ requestId }: Exchange): void {
    for (const key of this.#traces.get(requestId)?.keys ?? []) this.#expected.delete(key);
    this.#traces.delete(requestId);
  }

  /** Kong asks for a run. */
  readonly running = ({ exchange, plugin: { name: plugin }, phase }: ObservedRun): Numbering => {
    const trace = this.#traces.get(exchange.requestId);
    return (command) => {
      if (!trace) return;
      const key = keyOf(plugin, command);
      trace.keys.push(key);
      this.#expected.set(key, { trace, plugin, phase });
    };
  };

  /** Kong writes a line to its log. */
  readonly logged = ({ level, message: line, plugin, requestId }: KongLogEntry): void => {
    const trace = requestId === undefined ? undefined : this.#traces.get(requestId);
    // Over ProtoBuf:1 gibbon writes the plugin's name into the line, as Kong does not.
    const prefix = `[${plugin}] `;
    const message = line.startsWith(prefix) ? line.slice(prefix.length) : line;
    trace?.logs.push({ level, message, plugin });
  };

  began(event: Event, command: number | undefined): PdkObserver | undefined {
    const key = keyOf(event.instance.plugin.name, command ?? NaN);
    const run = this.#expected.get(key);
    if (!run) return undefined;
    this.#expected.delete(key);
    this.#events.set(event, run);
    return { called: (call) => record(run, call), asksEach: run.trace.asksEach };
  }

  failed(event: Event, end: EventEnd, error: unknown): void {
    const run = this.#events.get(event);
    // Kong has left the event: what Kong says of it counts.
    if (!run || end === "abandoned") return;
    const { trace, plugin, phase } = run;
    const known = isGibbonError(error) ? error : undefined;
    const { code, remedy } = known ?? {};
    trace.failures.push({ plugin, phase, message: messageOf(error), code, remedy, error });
  }
}

const keyOf = (plugin: string, command: number) => `${plugin} ${command}`;

/** Writes a call down, and its outcome when there is one. */
function record(
  { trace, plugin, phase }: WatchedRun,
  { method, args, way }: SeenCall,
): (outcome: CallOutcome) => void {
  // As they are now: the plugin may change them later.
  const given = attempt(() => structuredClone(args)) ?? [...args];
  const call: PdkCall = { plugin, phase, method: method as PdkMethod, args: given, way };
  trace.calls.push(call);
  return (outcome) => void (outcome && Object.assign(call, outcome));
}

/** The first failure, in the order of the runs: of the plugin's own, or one that Kong raised. */
export function failureOf({ runs }: Exchange, { failures }: Trace): PluginFailure | undefined {
  for (const { plugin, phase, end, reason } of runs) {
    const own = failures.find((one) => one.plugin === plugin && one.phase === phase);
    if (own) return own;
    if (end !== "raised" && end !== "skipped") continue;
    const message = reason ?? "Kong raised an error";
    return { plugin, phase, message, code: undefined, remedy: undefined, error: undefined };
  }
  return undefined;
}
