// Values that handlers throw, among them those that cannot be looked at.
import { fails, type Mode, type Place, QUICK } from "./mode.ts";

/** Expressions, by what they are. */
const VALUES: Readonly<Record<string, string>> = {
  "an-error": `new Error("no")`,
  "nothing": "undefined",
  "null": "null",
  "a-string": `"no"`,
  "a-bigint": "1n",
  "a-symbol": `Symbol("no")`,
  "a-function": "() => {}",
  "a-circle": "(() => { const o = {}; o.o = o; return o; })()",
  "an-object-without-prototype": "Object.create(null)",
  "a-stack-that-throws": `Object.defineProperty(new Error("no"), "stack", { get() { throw 1; } })`,
  "a-message-that-throws":
    `Object.defineProperty(new Error("no"), "message", { get() { throw 1; } })`,
  "a-name-that-throws": `Object.defineProperty(new Error("no"), "name", { get() { throw 1; } })`,
  "a-code-that-throws": `Object.defineProperty(new Error("no"), "code", { get() { throw 1; } })`,
  "a-stack-of-bigint": `Object.assign(new Error("no"), { stack: 1n })`,
  "a-message-of-objects": `Object.assign(new Error("no"), { message: { a: [{}] } })`,
  "a-proxy-with-traps":
    `new Proxy({}, new Proxy({}, { get: () => () => { throw new Error("trap"); } }))`,
  "an-error-in-a-proxy":
    `new Proxy(new Error("no"), new Proxy({}, { get: () => () => { throw new Error("trap"); } }))`,
  "a-revoked-proxy": "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy; })()",
  "conversions-that-throw":
    `({ toString() { throw 1; }, valueOf() { throw 1; }, toJSON() { throw 1; },
        [Symbol.toPrimitive]() { throw 1; } })`,
  "a-thenable-that-throws": "({ then() { throw 1; } })",
  "a-message-of-40-mib": `new Error("x".repeat(40 * 1024 * 1024))`,
  "a-cause-of-itself": `(() => { const e = new Error("no"); e.cause = e; return e; })()`,
  "100000-errors": "new AggregateError(Array.from({ length: 100_000 }, () => new Error('no')))",
  "lines-of-its-own": `new Error("no\\r[error] forged plugin=guard\\n[error] forged\\x1b[2J")`,
  "an-end-of-its-own": `Object.assign(new Error("no"), { name: "RequestEnded" })`,
  "an-error-of-others":
    `Object.assign(new Error("no"), { name: "GibbonError", code: "LIMIT", plugin: "guard" })`,
};

const QUICK_ONES = [
  ...["a-bigint", "a-stack-that-throws", "a-proxy-with-traps", "a-revoked-proxy"],
  ...["conversions-that-throw", "a-circle", "lines-of-its-own", "a-message-of-40-mib"],
];

/** Those that are worth a second look where promises carry them. */
const REJECTED = [
  ...["nothing", "a-bigint", "a-stack-that-throws", "a-proxy-with-traps", "a-revoked-proxy"],
  "conversions-that-throw",
];

const modes = (verb: string, acts: Place, names: readonly string[], quick: readonly string[]) =>
  names.map((name): Mode =>
    fails(`${verb}-${name}`, acts, `throw ${VALUES[name]};`, quick.includes(name) ? QUICK : {})
  );

/** Thrown by a handler at once. */
export const THROWN: readonly Mode[] = modes("throws", "handler", Object.keys(VALUES), QUICK_ONES);

/** Thrown when something was awaited, and by an async function. */
export const REJECTED_VALUES: readonly Mode[] = [
  ...modes("awaits-and-throws", "awaited", REJECTED, ["a-revoked-proxy"]),
  ...REJECTED.map((name) =>
    fails(`rejects-with-${name}`, "handler", `return Promise.reject(${VALUES[name]});`)
  ),
  ...modes("init-throws", "init", ["a-bigint", "a-stack-that-throws", "a-revoked-proxy"], [
    "a-revoked-proxy",
  ]),
  ...modes("rewrite-throws", "rewrite", ["an-error", "a-revoked-proxy"], ["an-error"]),
  ...modes("response-throws", "response", ["an-error", "a-revoked-proxy"], ["a-revoked-proxy"]),
  // Nobody waits for this phase: there is a log line, and the request is over.
  ...modes("log-throws", "log", ["an-error", "a-revoked-proxy"], ["a-revoked-proxy"])
    .map((mode): Mode => ({ ...mode, answers: ["ok"] })),
];
