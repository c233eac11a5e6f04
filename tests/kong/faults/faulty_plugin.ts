// A mode of misbehaviour as a plugin.
import type { Phase } from "../../../src/kong/engine/phases.ts";
import type { Protocol } from "../life/nginx/worker.ts";
import type { StagePlugin } from "../life/stage.ts";
import type { Mode, Place } from "./modes/mode.ts";

/** Milliseconds after which an event is over whose handler only sets a header. */
const AFTER_MS = 100;

/** How long an event of it may take, in milliseconds. Others have the default. */
const DEADLINE_MS = 1000;

/** Handlers, by where the code of the mode acts; the others only say that they have run. */
const HANDLERS: Partial<Record<Place, (code: string) => string>> = {
  handler: (code) => `access(kong) { const mark = markOf(kong); ${code}\nreturn mark(); }`,
  awaited: (code) =>
    `async access(kong) { const mark = markOf(kong);
      await kong.request.getMethod(); ${code}\nawait mark(); }`,
  timer: (code) =>
    `async access(kong) { const mark = markOf(kong);
      setTimeout(() => { ${code}\n}, 1);
      await kong.request.getMethod(); await pause(20); await mark(); }`,
  afterwards: (code) =>
    `async access(kong) { const mark = markOf(kong);
      setTimeout(() => { ${code}\n}, ${AFTER_MS}); await mark(); }`,
  rewrite: (code) => `rewrite(kong) { const mark = () => {}; ${code}\n}, ${PLAIN}`,
  response: (code) => `response(kong) { const mark = () => {}; ${code}\n}, ${PLAIN}`,
  log: (code) => `log(kong) { const mark = () => {}; ${code}\n}, ${PLAIN}`,
};

const PLAIN = "access: (kong) => markOf(kong)()";

/** Phases besides access. */
const PHASES: readonly Phase[] = ["rewrite", "response", "log"];

/** The plugin's only file. */
function source({ name, acts, code, top = "" }: Mode): string {
  if (acts === "file") return code;
  return `
    import { createRequire } from "node:module";
    import process from "node:process";
    import { Buffer } from "node:buffer";
    import { definePlugin } from "gibbon";
    import * as v from "valibot";

    const require = createRequire(import.meta.url);
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const markOf = (kong) => () => kong.response.setHeader("x-${name}", "ran");
    ${top}
    ${acts === "load" ? code : ""}

    export default definePlugin({
      name: "${name}",
      version: "1.0.0",
      deadline: ${DEADLINE_MS},
      config: ${acts === "configure" ? code : "v.object({})"},
      ${acts === "init" ? `init() { ${code}\n},` : ""}
      ${HANDLERS[acts]?.(code) ?? PLAIN}
    });
  `;
}

/** The plugin of a mode. */
export function faultyPlugin(mode: Mode, protocol: Protocol): StagePlugin {
  const { name, acts } = mode;
  const other = PHASES.find((phase) => phase === acts);
  return {
    name,
    protocol,
    files: { [`${name}.js`]: source(mode) },
    phases: other === undefined ? ["access"] : [other, "access"],
    marks: [`x-${name}`],
  };
}
