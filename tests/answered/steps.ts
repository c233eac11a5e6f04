// Generated handlers: what each does, step after step, and what it has done so far.
import fc from "fast-check";
import process from "node:process";
import { RETURNED, THROWN } from "./values.ts";

/** What a plugin does with the promise of a call. */
type Use = "awaits" | "leaves" | "catches";

/** A step of a handler. */
export type Step =
  | { readonly do: "call"; readonly use: Use }
  /** A call that is refused before it is sent. */
  | { readonly do: "wrong-call"; readonly use: Use }
  | { readonly do: "pause"; readonly ms: number }
  /** A rejection that nobody handles. */
  | { readonly do: "float"; readonly value: number }
  | { readonly do: "throw"; readonly value: number }
  | { readonly do: "reject"; readonly value: number }
  | { readonly do: "return"; readonly value: number }
  | { readonly do: "end-process" }
  /** Ends the request, and may go on all the same. */
  | { readonly do: "exit"; readonly goesOn: boolean }
  /** Something in a timer, perhaps when all is over. */
  | { readonly do: "later"; readonly what: "throw" | "call" | "exit"; readonly ms: number }
  /** Several ways at once, of which all are awaited. */
  | { readonly do: "nested"; readonly ways: readonly (readonly Step[])[] };

/** What a handler has to do with the other side. */
export interface Gateway {
  call(): Promise<unknown>;
  wrongCall(): Promise<unknown>;
  /** Throws, if that is how a request ends there. */
  exit(): unknown;
}

/** What a handler has done, in its order, for whoever says what may come of it. */
export interface Trace {
  readonly deeds: ("exit" | "threw" | "returned" | "left a wrong call")[];
  /** Whether it returned something without a meaning. */
  junk: boolean;
  /** Whether what it returned says that it is done, and that it failed. */
  isTwofold: boolean;
  /** From its beginning until its last deed, in milliseconds. */
  ms: number;
}

const index = (of: readonly unknown[]) => fc.nat({ max: of.length - 1 });
const use = fc.constantFrom<Use>("awaits", "leaves", "catches");
const ms = fc.nat({ max: 3 });

const always: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant("pause" as const), ms }),
  fc.record({ do: fc.constant("float" as const), value: index(THROWN) }),
  fc.record({ do: fc.constant("throw" as const), value: index(THROWN) }),
  fc.record({ do: fc.constant("reject" as const), value: index(THROWN) }),
  fc.record({ do: fc.constant("return" as const), value: index(RETURNED) }),
  fc.record({ do: fc.constant("end-process" as const) }),
];

const withGateway: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant("call" as const), use }),
  fc.record({ do: fc.constant("call" as const), use }),
  fc.record({ do: fc.constant("wrong-call" as const), use }),
  fc.record({ do: fc.constant("exit" as const), goesOn: fc.boolean() }),
  fc.record({
    do: fc.constant("later" as const),
    what: fc.constantFrom("throw" as const, "call" as const, "exit" as const),
    ms,
  }),
];

/** Handlers. Without a gateway there is nothing to call and nothing to end but by returning. */
export function handlers(hasGateway: boolean): fc.Arbitrary<readonly Step[]> {
  const flat = fc.oneof(...always, ...(hasGateway ? withGateway : []));
  const way = fc.array(flat, { maxLength: 4 });
  const nested = fc.record({
    do: fc.constant("nested" as const),
    ways: fc.array(way, { minLength: 1, maxLength: 3 }),
  });
  return fc.array(fc.oneof({ weight: 6, arbitrary: flat }, { weight: 1, arbitrary: nested }), {
    maxLength: 6,
  });
}

/** What a way of steps ends with: a value of `RETURNED`, or nothing. */
type Ended = number | undefined;

/** Makes the handler of steps. */
export function handlerOf(steps: readonly Step[]) {
  const trace: Trace = { deeds: [], junk: false, isTwofold: false, ms: 0 };
  const run = (gateway: Gateway): unknown => {
    const began = performance.now();
    const note = (deed: Trace["deeds"][number]) => {
      trace.deeds.push(deed);
      trace.ms = performance.now() - began;
    };
    const finish = (ended: Ended): unknown => {
      const { fate, isJunk = false, isTwofold = false, make } = RETURNED[ended ?? 0]!;
      trace.junk = isJunk;
      trace.isTwofold = isTwofold;
      if (fate !== "silent") note(fate === "fulfils" ? "returned" : "threw");
      return make();
    };
    const fail = (error: unknown): never => {
      note("threw");
      throw error;
    };
    try {
      const ended = take(steps, 0, gateway, note);
      return ended instanceof Promise ? ended.then(finish, fail) : finish(ended);
    } catch (error) {
      return fail(error);
    }
  };
  return { trace, run };
}

/** Does one step after the other: at once, as long as nothing is awaited. */
function take(
  steps: readonly Step[],
  from: number,
  gateway: Gateway,
  note: (deed: Trace["deeds"][number]) => void,
): Ended | Promise<Ended> {
  for (let at = from; at < steps.length; at++) {
    const step = steps[at]!;
    if (step.do === "return") return step.value;
    if (step.do === "reject") return Promise.reject(THROWN[step.value]!());
    const waits = doStep(step, gateway, note);
    if (waits) return waits.then(() => take(steps, at + 1, gateway, note));
  }
  return undefined;
}

/** @returns what the next step waits for */
function doStep(
  step: Exclude<Step, { do: "return" | "reject" }>,
  gateway: Gateway,
  note: (deed: Trace["deeds"][number]) => void,
): Promise<unknown> | undefined {
  switch (step.do) {
    case "call":
      return used(gateway.call(), step.use);
    case "wrong-call":
      if (step.use === "leaves") note("left a wrong call");
      return used(gateway.wrongCall(), step.use);
    case "pause":
      return new Promise((resolve) => setTimeout(resolve, step.ms));
    case "float":
      return void Promise.reject(THROWN[step.value]!());
    case "throw":
      throw THROWN[step.value]!();
    case "end-process":
      return void process.exit(3);
    case "exit":
      return void exit(gateway, step.goesOn, note);
    case "later":
      return void setTimeout(() => later(step.what, gateway, note), step.ms);
    case "nested":
      return Promise.all(step.ways.map(async (way) => {
        const ended = await take(way, 0, gateway, note);
        return RETURNED[ended ?? 0]!.make();
      }));
  }
}

function used(call: Promise<unknown>, use: Use): Promise<unknown> | undefined {
  if (use === "leaves") return undefined;
  return use === "awaits" ? call : call.catch(() => {});
}

function exit(
  gateway: Gateway,
  goesOn: boolean,
  note: (deed: Trace["deeds"][number]) => void,
): void {
  note("exit");
  try {
    gateway.exit();
  } catch (error) {
    if (!goesOn) throw error;
  }
}

function later(
  what: "throw" | "call" | "exit",
  gateway: Gateway,
  note: (deed: Trace["deeds"][number]) => void,
): void {
  if (what === "throw") throw THROWN[0]!();
  if (what === "call") void gateway.call();
  else exit(gateway, false, note);
}
