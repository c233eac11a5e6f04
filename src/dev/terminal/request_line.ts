// The one line that the gateway prints for a request.
import type { Exchange, HandlerRun } from "../../kong/emulator/exchange.ts";
import { type Colour, type Paint, painter } from "./paint.ts";

function statusColour(status: number): Colour {
  if (status >= 500) return "red";
  return status >= 400 ? "yellow" : status >= 300 ? "cyan" : "green";
}

/** Control characters in a path do nothing to a terminal. */
function printable(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\xff]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** How the worst of a plugin's runs ended. Why it failed, the log has said. */
function describe(name: string, runs: readonly HandlerRun[], paint: Paint): string {
  const bad = runs.find(({ end, failure }) => end === "raised" || failure !== undefined) ??
    runs.find(({ end }) => end === "skipped");
  if (bad && bad.end !== "skipped") return paint(`${name} (failed in ${bad.phase})`, "red");
  if (bad) return paint(`${name} (skipped in ${bad.phase}: ${bad.reason})`, "yellow");
  const last = runs.find(({ end }) => end === "exited");
  return last ? paint(`${name} (answered in ${last.phase})`, "yellow") : name;
}

/**
 * The line: method, path, status, time, and which plugins ran, with who answered, failed or was
 * skipped.
 *
 * @param status what the client got; 499 if it left before that
 * @param milliseconds from the request's first byte to the response's last
 * @param hasColours whether the line is for a terminal
 * @param note what else there is to say of it
 */
export function requestLine(
  exchange: Exchange,
  status: number,
  milliseconds: number,
  hasColours: boolean,
  note?: string,
): string {
  const paint = painter(hasColours);
  const byPlugin = new Map<string, HandlerRun[]>();
  for (const run of exchange.runs) {
    byPlugin.set(run.plugin, [...byPlugin.get(run.plugin) ?? [], run]);
  }
  const plugins = [...byPlugin].map(([name, runs]) => describe(name, runs, paint));
  const { method, target } = exchange.original;
  const time = milliseconds < 100 ? milliseconds.toFixed(1) : milliseconds.toFixed(0);
  const head = `${method} ${printable(target)} ${paint("→", "dim")} ` +
    `${paint(String(status), statusColour(status))} ${paint(`in ${time} ms`, "dim")}`;
  const rest = [...note === undefined ? [] : [paint(note, "yellow")], ...plugins];
  return rest.length === 0 ? head : `${head}  ${rest.join(", ")}`;
}
