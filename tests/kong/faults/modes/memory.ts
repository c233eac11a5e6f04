// Much of everything: memory, timers, text, bodies.
import { fails, type Mode, passes, SILENT } from "./mode.ts";

const MIB = "1024 * 1024";
const EITHER = { ...SILENT, answers: ["ok", "failed"] } as const;

/** Allocations, and values that are too large for a message. */
export const MEMORY: readonly Mode[] = [
  passes(
    "fills-10000000-places",
    "handler",
    "globalThis.kept = Array(10_000_000).fill(1).slice();",
    {
      ...SILENT,
      alone: true,
    },
  ),
  passes(
    "makes-a-text-of-256-mib",
    "handler",
    `globalThis.kept = "x".repeat(256 * ${MIB}) + "y";`,
    {
      ...EITHER,
      alone: true,
    },
  ),
  fails("makes-a-text-without-end", "handler", `let text = "x"; for (;;) text += text;`, {
    alone: true,
  }),
  fails("asks-for-a-tebibyte", "handler", "new ArrayBuffer(2 ** 50);"),
  passes(
    "sets-100000-timers",
    "handler",
    "for (let i = 0; i < 100_000; i++) setTimeout(() => {}, 9e6);",
    {
      ...SILENT,
      alone: true,
    },
  ),
  passes(
    "waits-100000-times",
    "handler",
    `
    for (let i = 0; i < 100_000; i++) new Promise(() => {}).then(() => {});`,
    SILENT,
  ),
  fails(
    "sets-a-header-of-40-mib",
    "awaited",
    `await kong.response.setHeader("x-a", "x".repeat(40 * ${MIB}));`,
    {},
  ),
  fails(
    "sets-a-body-of-40-mib",
    "awaited",
    `await kong.service.request.setRawBody("x".repeat(40 * ${MIB}));`,
  ),
  fails("exits-with-40-mib", "awaited", `kong.response.exit(403, "x".repeat(40 * ${MIB}));`),
  fails(
    "keeps-40-mib-for-others",
    "awaited",
    `await kong.ctx.shared.set("a", "x".repeat(40 * ${MIB}));`,
  ),
  fails("logs-40-mib", "awaited", `await kong.log.err("x".repeat(40 * ${MIB}));`),
  fails("logs-40-mib-and-does-not-wait", "awaited", `kong.log.err("x".repeat(40 * ${MIB}));`),
  passes(
    "sets-10000-headers",
    "awaited",
    `
    await kong.response.setHeaders(
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => ["x-a" + i, "x"])));`,
    EITHER,
  ),
  fails(
    "nests-10000-levels",
    "awaited",
    `
    let value = {}; for (let i = 0; i < 10_000; i++) value = { value };
    await kong.ctx.shared.set("a", value);`,
  ),
];
