// Output without end, and output that cannot be made.
import { fails, type Mode, passes, QUICK, SILENT } from "./mode.ts";

const REVOKED = "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy; })()";
const EITHER = { ...SILENT, answers: ["ok", "failed"] } as const;

/** Output. */
export const LOGGING: readonly Mode[] = [
  passes(
    "prints-10000-lines",
    "handler",
    "for (let i = 0; i < 10_000; i++) console.log('line', i);",
    SILENT,
  ),
  passes(
    "prints-10000-lines-on-stderr",
    "handler",
    `
    for (let i = 0; i < 10_000; i++) process.stderr.write("line " + i + "\\n");`,
    SILENT,
  ),
  passes(
    "prints-a-line-of-10-mib",
    "handler",
    "console.log('x'.repeat(10 * 1024 * 1024));",
    SILENT,
  ),
  passes(
    "prints-a-bigint",
    "handler",
    "console.log(1n, Symbol('no'), (() => { const o = {}; o.o = o; return o; })());",
    SILENT,
  ),
  passes("prints-a-revoked-proxy", "handler", `console.log(${REVOKED});`, EITHER),
  passes(
    "prints-a-getter-that-throws",
    "handler",
    "console.error({ get a() { throw 1; } });",
    EITHER,
  ),
  passes("replaces-the-console", "handler", "globalThis.console = null;", {
    ...SILENT,
    alone: true,
  }),
  passes("replaces-printing", "handler", "console.error = console.log = () => { throw 1; };", {
    ...SILENT,
    alone: true,
  }),
  passes("logs-a-bigint", "awaited", "await kong.log.err(1n);", EITHER),
  fails("logs-a-circle", "awaited", "const o = {}; o.o = o; await kong.log.err(o);", {
    ...EITHER,
    ...QUICK,
  }),
  fails("logs-a-revoked-proxy", "awaited", `await kong.log.err(${REVOKED});`, {
    ...EITHER,
    ...QUICK,
  }),
  passes(
    "logs-a-line-of-10-mib",
    "awaited",
    "await kong.log.err('x'.repeat(10 * 1024 * 1024));",
    EITHER,
  ),
  passes(
    "logs-1000-lines",
    "awaited",
    "for (let i = 0; i < 1000; i++) kong.log.err('line', i);",
    EITHER,
  ),
];
