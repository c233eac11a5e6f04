// Calls that are sent in place of others: one for several that set something, one that tells more.
import type { JoinEntry, PdkCallOptions, PdkQuestion } from "./turn.ts";

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

/** How many things are set by one call at most. */
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
  const entries: JoinEntry[] = [];
  const names = new Set<string>();
  let count = 0;
  for (const call of [first, ...waiting]) {
    const more = call.options.join?.method === join.method && call.options.join.entries(call.args);
    if (!more || entries.length + more.length > MOST_JOINED) break;
    // Of two for one name the second must find what the first has set.
    if (more.some(([name]) => names.has(name.toLowerCase()))) break;
    for (const [name] of more) names.add(name.toLowerCase());
    entries.push(...more);
    count++;
  }
  if (count < 2) return first;
  const calls = [first, ...waiting.splice(0, count - 1)];
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
