// Calls of Kong's PDK that are wrong, late, too many, nested, or from the wrong place.
import { fails, type Mode, passes, QUICK, SILENT } from "./mode.ts";

const argument = (name: string, expression: string, more = {}) =>
  fails(`passes-${name}`, "awaited", `await kong.ctx.shared.set("a", ${expression});`, more);

const EITHER = { ...SILENT, answers: ["ok", "failed"] } as const;

/** Calls. */
export const CALLS: readonly Mode[] = [
  fails("never-settles", "awaited", "await new Promise(() => {});", QUICK),
  fails(
    "never-settles-and-listens",
    "awaited",
    `
    kong.signal.addEventListener("abort", () => { throw new Error("no"); });
    await new Promise(() => {});`,
  ),
  fails(
    "catches-its-deadline",
    "awaited",
    `
    for (let i = 0; i < 100; i++) try { await pause(20); await kong.request.getPath(); } catch {}`,
  ),
  passes("calls-late", "afterwards", "kong.response.setHeader('x-late', '1');", QUICK),
  passes("calls-late-and-catches", "afterwards", "kong.request.getPath().catch(() => {});", SILENT),
  passes("exits-late", "afterwards", "kong.response.exit(403, 'late');"),
  passes(
    "nests-calls",
    "handler",
    `
    return kong.request.getPath().then(() => kong.request.getMethod())
      .then(() => Promise.all([kong.request.getHost(), mark()]).then(() => kong.request.getPort()));`,
    SILENT,
  ),
  passes(
    "queues-3000-calls",
    "handler",
    "for (let i = 0; i < 3000; i++) kong.request.getHeader('x-' + i);",
    EITHER,
  ),
  fails(
    "queues-10000-calls",
    "handler",
    "for (let i = 0; i < 10_000; i++) kong.request.getHeader('x-' + i);",
  ),
  fails("calls-wrongly", "awaited", "await kong.request.getHeader(5);"),
  fails("calls-wrongly-and-does-not-wait", "handler", "kong.request.getHeader(5);", QUICK),
  passes(
    "calls-wrongly-and-catches",
    "awaited",
    "await kong.request.getHeader(5).catch(() => {});",
    SILENT,
  ),
  fails("calls-what-is-not-there", "awaited", "await kong.request.getNothing();"),
  fails(
    "calls-without-this",
    "awaited",
    "const { getHeader } = kong.request; await getHeader('x-a');",
  ),
  argument("a-bigint", "1n", { ...SILENT, answers: ["ok", "failed"] }),
  argument("a-symbol", "Symbol('no')"),
  argument("a-function", "() => {}"),
  argument("a-circle", "(() => { const o = {}; o.o = o; return o; })()", QUICK),
  argument("a-getter-that-throws", "{ get a() { throw new Error('no'); } }", QUICK),
  argument("a-proxy-that-throws", "new Proxy({}, { ownKeys() { throw new Error('trap'); } })"),
  argument(
    "a-revoked-proxy",
    "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy; })()",
    QUICK,
  ),
  argument("a-json-that-throws", "{ toJSON() { throw new Error('no'); } }", {
    answers: ["ok", "failed"],
  }),
  passes(
    "passes-a-getter-that-changes",
    "awaited",
    `
    let i = 0; await kong.ctx.shared.set("a", { get a() { return i++ ? Symbol("no") : "yes"; } });`,
    EITHER,
  ),
  passes(
    "exits-and-goes-on",
    "awaited",
    `
    try { kong.response.exit(403, "no"); } catch {} await mark();`,
    { ...SILENT, answers: ["stopped"] },
  ),
  passes(
    "exits-twice",
    "awaited",
    `
    try { kong.response.exit(403, "no"); } catch {} kong.response.exit(200, "yes");`,
    {
      ...SILENT,
      ...QUICK,
      answers: ["stopped"],
    },
  ),
  passes(
    "exits-and-throws",
    "awaited",
    `
    try { kong.response.exit(403, "no"); } finally { throw new Error("no"); }`,
    {
      ...SILENT,
      answers: ["stopped"],
    },
  ),
  passes(
    "exits-in-a-promise",
    "awaited",
    `
    Promise.resolve().then(() => kong.response.exit(403, "no")); await pause(5);`,
    {
      ...SILENT,
      answers: ["stopped"],
    },
  ),
  passes(
    "exits-and-never-settles",
    "awaited",
    `
    try { kong.response.exit(403, "no"); } catch {} await new Promise(() => {});`,
    {
      ...SILENT,
      ...QUICK,
      answers: ["stopped"],
    },
  ),
  fails("exits-with-a-wrong-status", "awaited", "kong.response.exit(7, 'no');"),
  fails("exits-with-a-circle", "awaited", "const o = {}; o.o = o; kong.response.exit(403, o);"),
  fails(
    "exits-with-a-proxy",
    "awaited",
    `
    kong.response.exit(403, new Proxy({}, { get() { throw new Error("trap"); }, ownKeys() { throw 1; } }));`,
  ),
  passes(
    "exits-with-a-json-that-throws",
    "awaited",
    `
    kong.response.exit(403, { toJSON() { throw new Error("no"); } });`,
    {
      answers: ["stopped", "failed"],
      silent: true,
    },
  ),
  fails(
    "calls-for-another-event",
    "handler",
    `
    if (globalThis.other) return globalThis.other.request.getPath().then(mark);
    globalThis.other = kong; throw new Error("the first one");`,
  ),
];
