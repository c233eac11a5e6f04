// Modules that cannot be loaded, configurations that cannot be read, beginnings that never end.
import { ends, fails, type Mode, type More, passes, QUICK, SILENT } from "./mode.ts";

/** What the others of a directory suffer from, if anything. */
const ALONE: More = { alone: true };
const QUICK_ALONE: More = { ...ALONE, ...QUICK };

const plugin = (parts: string) =>
  `import { definePlugin } from "gibbon"; export default definePlugin({ version: "1.0.0", ${parts} });`;

/** When a module is loaded. */
export const LOADING: readonly Mode[] = [
  fails("fails-at-its-top-level", "load", "throw new Error('no');", QUICK_ALONE),
  fails(
    "throws-a-proxy-at-its-top-level",
    "load",
    `
    const p = Proxy.revocable({}, {}); p.revoke(); throw p.proxy;`,
    ALONE,
  ),
  fails("rejects-at-its-top-level", "load", "await Promise.reject(1n);", ALONE),
  fails("waits-at-its-top-level", "load", "await new Promise(() => {});", ALONE),
  fails("loops-at-its-top-level", "load", "for (;;);", { ...ALONE, process: "may-go" }),
  fails("is-no-code", "file", "export default {{{", QUICK_ALONE),
  fails("is-empty", "file", "", { ...ALONE, silent: true }),
  fails("imports-nothing-that-is", "file", `import "nowhere-at-all"; export default 1;`, ALONE),
  fails("exports-nothing", "file", "export const a = 1;", { ...ALONE, silent: true }),
  fails(
    "exports-a-proxy",
    "file",
    `
    export default new Proxy({}, { get() { throw new Error("trap"); }, ownKeys() { throw 1; } });`,
    QUICK_ALONE,
  ),
  fails(
    "exports-a-revoked-proxy",
    "file",
    `
    const p = Proxy.revocable({}, {}); p.revoke(); export default p.proxy;`,
    ALONE,
  ),
  fails(
    "exports-getters-that-throw",
    "file",
    `
    export default { [Symbol.for("gibbon.definition")]: true, get access() { throw new Error("no"); } };`,
    ALONE,
  ),
  fails(
    "exports-getters-that-change",
    "file",
    `
    let i = 0;
    export default {
      [Symbol.for("gibbon.definition")]: true, version: "1.0.0",
      get access() { return i++ ? 7 : () => {}; },
    };`,
    { ...ALONE, answers: ["failed"] },
  ),
  fails(
    "exports-a-name-that-throws",
    "file",
    `
    export const Plugin = class { access() {} };
    export const Name = { toString() { throw new Error("no"); } };`,
    ALONE,
  ),
  fails("has-a-path-for-a-name", "file", plugin(`name: "../guard", access() {}`), ALONE),
  fails("has-handlers-that-are-none", "file", plugin("access: 7"), ALONE),
  fails("has-a-deadline-of-nothing", "file", plugin("deadline: NaN, access() {}"), ALONE),
  fails("has-a-schema-that-is-none", "file", plugin("config: { a: 1 }, access() {}"), ALONE),
];

/** When an instance begins. */
export const BEGINNING: readonly Mode[] = [
  fails(
    "configures-by-throwing",
    "configure",
    `
    v.pipe(v.object({}), v.transform(() => { throw new Error("no"); }))`,
    QUICK,
  ),
  fails(
    "configures-by-throwing-a-proxy",
    "configure",
    `
    v.pipe(v.object({}), v.transform(() => {
      const p = Proxy.revocable({}, {}); p.revoke(); throw p.proxy;
    }))`,
  ),
  ends(
    "configures-without-end",
    "configure",
    `
    v.pipe(v.object({}), v.transform(() => { for (;;); }))`,
  ),
  passes(
    "configures-a-proxy",
    "configure",
    `
    v.pipe(v.object({}), v.transform(() => new Proxy({}, { get() { throw new Error("trap"); } })))`,
    SILENT,
  ),
  passes(
    "configures-a-promise",
    "configure",
    `
    v.pipe(v.object({}), v.transform(() => Promise.reject(new Error("no"))))`,
  ),
  fails("begins-by-throwing", "init", "throw new Error('no');", QUICK),
  fails("begins-by-rejecting", "init", "return Promise.reject(new Error('no'));"),
  passes("begins-with-40-mib", "init", "return 'x'.repeat(40 * 1024 * 1024);", SILENT),
  fails("begins-never", "init", "return new Promise(() => {});", ALONE),
];
