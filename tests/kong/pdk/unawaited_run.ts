// Runs the handlers of unawaited_handlers.ts as a server does: a process of its own, since a test's
// runner takes rejections that nobody handles for its own business. Prints what came of them as JSON.
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { createLogger } from "../../../src/base/log.ts";
import { logUncaught } from "../../../src/kong/engine/attribution.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import { createKong } from "../../../src/kong/pdk/kong.ts";
import { createKongJs } from "../../../src/kong/pdk/kong_js.ts";
import { startEvent } from "../support/events.ts";
import { CAUGHT, type Handler, OTHERS, WRONG } from "./unawaited_handlers.ts";

/** What came of a handler. */
export interface Outcome {
  readonly turns: readonly Turn[];
  /** What was logged of the event. */
  readonly entries: readonly string[];
  /** What was logged of errors that nobody caught. */
  readonly uncaught: readonly string[];
}

const DIALECTS = { "native": createKong, "kong-js": createKongJs };

const uncaught: string[] = [];
const log = createLogger((line) => uncaught.push(line));
process.on("unhandledRejection", (error) => logUncaught(log, "rejection", error, []));

/** Runs a handler against a gateway that answers everything, but for what it refuses. */
async function run(gateway: (event: Event) => unknown, handler: Handler): Promise<Outcome> {
  uncaught.length = 0;
  const { event, entries, turn, answer, refuse } = startEvent(
    (event) => handler(gateway(event)),
    { limits: { queuedCalls: 3 } },
  );
  const turns = [await turn()];
  for (let last = turns[0]; last?.kind === "call"; last = turns.at(-1)) {
    const refused = last.args[0] === "refused by Kong";
    turns.push(await (refused ? refuse(event, "it is refused") : answer(event, "ok")));
  }
  // What is logged late is logged by then: it is due in the next turn of the event loop, or after 1 ms.
  await pause(handler === OTHERS.tooLate ? 200 : 5);
  return { turns, entries, uncaught: [...uncaught] };
}

const outcomes: Record<string, Outcome> = {};
for (const [dialect, gateway] of Object.entries(DIALECTS)) {
  for (const [title, handler] of [...WRONG, ...CAUGHT, ...Object.entries(OTHERS)]) {
    outcomes[`${dialect}, ${title}`] = await run(gateway, handler);
  }
}
console.log(JSON.stringify(outcomes));
