// The page docs/authors/pdk.md: every function of the PDK, made from the PDK's table and Kong's as data.
import { PHASES } from "../../src/kong/engine/phases.ts";
import { ASKED_ONCE, type Changed, CHANGES, type Holds } from "../../src/kong/pdk/event_cache.ts";
import { PDK_FUNCTIONS, type PdkFunction, type PdkMethod } from "../../src/kong/pdk/functions.ts";

/** What the page takes from tests/kong/data/pdk.json, as pdk-corrections.json corrects it. */
export interface KongFunction {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly variadic?: boolean }[];
  readonly external: "yes" | "special" | "no";
  readonly external_reason: string | null;
  readonly caveats: readonly string[];
}

const TITLE = `# kong: the functions of Kong's PDK

These are the functions of \`kong\`, a handler's first argument. Every function gives a promise. Lua's
nil is \`undefined\`. Your editor shows more about each function.

A call in a phase that is not listed is refused with \`PDK_PHASE\` before anything is sent, because
Kong would raise an error and never answer.

gibbon adds \`kong.request.getRawBodyText\` and \`kong.service.response.getRawBodyText\`, which give a
body as text, \`kong.phase\` and \`kong.signal\`.

Some answers cannot change within one event. gibbon asks Kong for them once, and answers a second
call from memory. Those functions say "once" below.

- \`getHeader\` is answered from the headers that \`getHeaders\` has fetched, if all of them are there.
- \`kong.service.request\` changes the request that \`kong.request\` shows. After a function that says
  "asks anew", gibbon asks Kong again for what it names.
- Every call gets an object of its own, which the plugin may change.
- Of answers, nothing is kept from one event to the next but \`kong.node.getId\` and
  \`kong.node.getHostname\`. A worker of Kong never changes its mind about those.
- \`cache: false\` in a plugin's definition turns all this off. For plugins of Kong's JavaScript
  server it is always off.
- [What a call costs](plugins.md#what-a-call-costs) says which calls go out as one.

This page is made by \`deno run -A scripts/pdk_docs.ts\`.
`;

const UNREACHABLE = `## Not from outside

Functions that Kong has for plugins in Lua only.
`;

/** Caveats in words; those that the phases or the types say already are left out. */
const NOTES: Readonly<Record<string, string>> = {
  "boolean-raises": "booleans are sent as text: Kong raises for them",
  "cdata-param": "CA certificates cannot be given",
  "err-dropped": "Kong 3 gives `undefined` in place of an error",
  "first-value-only": "does not tell whether something was cut off",
  "json-text": "parsed from JSON",
  "log-phase-needs-buffering": "in log only if the response was buffered, which is asked first; " +
    "refused else",
  "log-phase-nil": "`undefined` in log",
  "log-phase-no-effect": "no effect in log",
  "log-phase-raises-if-many-protocols":
    "refused in log: Kong raises if the route has two protocols",
  "needs-buffered-proxying": "needs `enableBuffering` or a response handler",
  "never-returns": "ends the request: nothing runs on",
  "nil-err-on-authority": "`:authority` only for gRPC",
  "nil-first-arg": "no credential without a consumer",
  "nil-return-raises": "a body in a file: Kong 3.8 and later read it, Kong 3.0 to 3.7 never answer",
  "worker-wide": "for the whole worker process of Kong",
};

const REASONS: Readonly<Record<string, string>> = {
  "always-empty": "always empty; use `kong.response.getHeaders`",
  "cdata-param": "takes an object of Lua's",
  "function-param": "takes a function",
  "internal": "Kong's own",
  "local-helper": "a helper for Lua",
  "lua-object": "takes or gives an object of Lua's",
  "method-call": "a method of a Lua object",
  "phase-unavailable": "only in a phase that Kong does not serve from outside",
};

/** How long an answer is kept. */
const HOLDS: Readonly<Record<Holds, string>> = {
  event: "once",
  headers: "once, until a header is set",
  method: "once, until the method is set",
  query: "once, until the query is set",
  identity: "once, until `authenticate`",
};

/** What is asked for again. */
const TOUCHED: Readonly<Record<Changed, string>> = {
  headers: "headers",
  method: "the method",
  query: "the query",
  identity: "consumer and credential",
  everything: "everything",
};

/** The whole page. */
export function pdkPage(kongFunctions: readonly KongFunction[]): string {
  const namespaces = new Map<string, string[][]>();
  for (const facts of kongFunctions.filter(({ external }) => external !== "no")) {
    const at = facts.name.lastIndexOf(".");
    const namespace = namespaceOf(facts.name.slice(0, at));
    namespaces.set(namespace, [...namespaces.get(namespace) ?? [], rowOf(facts)]);
  }
  const sections = [...namespaces].map(([namespace, rows]) =>
    `## ${namespace}\n\n${table(["Function", "Phases", "Since Kong", "Notes"], rows)}`
  );
  const others = kongFunctions.filter(({ external }) => external === "no").map((facts) => [
    `\`${facts.name}\``,
    REASONS[facts.external_reason ?? ""] ?? "",
  ]);
  return [TITLE, ...sections, UNREACHABLE + "\n" + table(["Function in Lua", "Why"], others)]
    .join("\n");
}

/** `kong.log` is a function itself, and stands among those below it. */
function namespaceOf(path: string): string {
  return path === "kong" || path.startsWith("kong.log") ? "kong.log" : path;
}

function rowOf({ name, params, caveats }: KongFunction): string[] {
  const { phases, since, params: ours }: PdkFunction = PDK_FUNCTIONS[name as never];
  const given = params.some(({ variadic }) => variadic)
    ? ["...message"]
    : ours.map(({ name, optional }) => camelCase(name) + (optional ? "?" : ""));
  const path = name.split(".").map(camelCase).join(".");
  const notes = caveats.flatMap((caveat) =>
    // What is never answered gives no undefined.
    caveat === "err-dropped" && caveats.includes("nil-return-raises") ? [] : NOTES[caveat] ?? []
  );
  const holds = ASKED_ONCE[name as PdkMethod];
  if (holds !== undefined) notes.unshift(HOLDS[holds]);
  const changes = CHANGES[name as PdkMethod];
  if (changes !== undefined) notes.unshift(`asks anew for ${TOUCHED[changes]}`);
  return [
    `\`${path}(${given.join(", ")})\``,
    phases.length === PHASES.length ? "all" : phases.join(", "),
    since.replace(/\.0$/, ""),
    notes.join("; "),
  ];
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A table as `deno fmt` leaves it: columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`;
  return line(head) + line(widths.map((width) => "-".repeat(width))) + rows.map(line).join("");
}
