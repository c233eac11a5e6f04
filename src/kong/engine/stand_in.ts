// Calls that are sent in place of others: one for several that set something, one that tells more.
import type { PdkCallOptions, PdkQuestion } from "./turn.ts";

/** A PDK call on its way. */
export interface PendingCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: PdkCallOptions;
  /** Settles with the gateway's answer; absent where the gateway will not answer. */
  readonly promise?: Promise<unknown>;
  /** What it is sent in place of; absent where a call is sent as it was made. */
  readonly standIn?: StandIn | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What a call is sent in place of. */
export interface StandIn {
  readonly calls: readonly PendingCall[];
  /**
   * Gives the calls their answers.
   *
   * @returns false if the answer does not say them: they have to be asked themselves
   */
  settle(answer: unknown): boolean;
}

/** How many calls go out as one at most. */
const MOST_JOINED = 64;

/**
 * One call for the first and those behind it that set other things in the same way. If they are none,
 * the first.
 *
 * @param waiting those behind it; what is joined is taken out
 */
export function joinCalls(first: PendingCall, waiting: PendingCall[]): PendingCall {
  const { join } = first.options;
  if (!join || waiting[0]?.options.join?.method !== join.method) return first;
  const entry = join.entry(first.args);
  if (!entry) return first;
  const entries = [entry];
  const names = new Set([entry[0].toLowerCase()]);
  while (entries.length < MOST_JOINED) {
    const next = waiting[entries.length - 1];
    if (next?.options.join?.method !== join.method) break;
    const more = next.options.join.entry(next.args);
    // Of two for one name the second must find what the first has set.
    if (!more || names.has(more[0].toLowerCase())) break;
    names.add(more[0].toLowerCase());
    entries.push(more);
  }
  if (entries.length === 1) return first;
  const calls = [first, ...waiting.splice(0, entries.length - 1)];
  return inPlaceOf(calls, { method: join.method, args: [Object.fromEntries(entries)] }, () => {
    for (const call of calls) {
      if (call !== first) call.options.spared?.("joined");
      call.resolve(undefined);
    }
    return true;
  });
}

/** What is asked in the place of a call. */
export function sentInstead(call: PendingCall, question: PdkQuestion): PendingCall {
  return inPlaceOf([call], question, (answer) => {
    const known = call.options.shortcut?.came(answer);
    if (known) call.resolve(known.value);
    return known !== undefined;
  });
}

function inPlaceOf(
  calls: readonly PendingCall[],
  { method, args }: PdkQuestion,
  settle: StandIn["settle"],
): PendingCall {
  const standIn = { calls, settle };
  return { method, args, options: {}, standIn, resolve: unused, reject: unused };
}

/** A stand-in has no promise of its own. */
function unused(): void {}
