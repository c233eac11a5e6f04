// What a developer sees of a request that failed: in a header, and on the page where a browser asked.
import { Buffer } from "node:buffer";
import type { Exchange, HandlerRun } from "../kong/emulator/exchange.ts";
import { escapeMarkup } from "../kong/emulator/http/error_body.ts";
import { toLine } from "../kong/emulator/lua/bytes.ts";

/** Says why a request failed. Kong says it nowhere but in its log. */
export const FAILURE_HEADER = "X-Gibbon-Failure";

/** Names plugins that run as they were before an edit that cannot be loaded. */
export const STALE_HEADER = "X-Gibbon-Stale";

/** Longest reason in a header, in characters. */
const REASON_LENGTH = 2000;

/** The run that failed, and has given the response with that. */
function endedBy({ runs, source }: Exchange): HandlerRun | undefined {
  if (source === "error") return runs.findLast(({ end }) => end === "raised");
  return source === "exit" ? runs.findLast(({ failure }) => failure !== undefined) : undefined;
}

/**
 * Writes down that the last run failed, where its own server knows why: it has ended the request with an
 * exit, as any plugin can.
 */
export function markFailure({ runs, source }: Exchange, failure: string | undefined): void {
  const last = runs.at(-1);
  if (failure === undefined || source !== "exit" || last?.end !== "exited") return;
  runs[runs.length - 1] = { ...last, failure };
}

/**
 * Adds the reason to a response that failed because a plugin could not run.
 *
 * @param stale see `STALE_HEADER`
 */
export function noteFailure(exchange: Exchange, stale: readonly string[]): void {
  const { responseHeaders: headers } = exchange;
  if (stale.length > 0) headers.set(STALE_HEADER, [toLine(stale.join(", "))]);
  const run = endedBy(exchange);
  if (!run) return;
  const reason = `${run.plugin} in ${run.phase}: ${run.reason ?? run.failure ?? ""}`;
  // deno-lint-ignore no-control-regex
  const line = reason.replaceAll(/[\x00-\x1f\x7f]+/g, " ").slice(0, REASON_LENGTH);
  headers.set(FAILURE_HEADER, [toLine(line)]);
  if (!headers.get("content-type")?.startsWith("text/html")) return;
  const page = Buffer.from(exchange.responseBody ?? []).toString();
  const note = `<h2>gibbon dev</h2>\n<pre>${escapeMarkup(reason)}</pre>\n`;
  exchange.setBody(Buffer.from(page + note));
}
