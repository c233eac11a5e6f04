// gibbon top: what a server does, live in the terminal or once as JSON.
import process from "node:process";
import { GibbonError } from "../base/errors.ts";
import { pause } from "../base/waiting.ts";
import { parsePageAddress } from "../telemetry/http/address.ts";
import { type Activity, activityBetween, type PluginActivity } from "../telemetry/top/activity.ts";
import { scrape, type Scraped } from "../telemetry/top/scrape.ts";
import type { CommandContext } from "./context.ts";
import { stopReason } from "./lifecycle.ts";
import { formatTable } from "./table.ts";

/** Between two pages, in milliseconds. */
const PERIOD_MS = 1000;
/** To the top left, and nothing below. */
const CLEAR = "\u001b[H\u001b[2J";

/**
 * Shows a server until a signal; with --json once.
 *
 * @throws {GibbonError} OPTION_INVALID; SOCKET_FAILED if there is no page, or none any more
 */
export async function run({ options, output }: CommandContext): Promise<void> {
  if (options.metrics === undefined) {
    throw new GibbonError("OPTION_INVALID", "gibbon top needs the address of a server's metrics", {
      remedy: "Give the one that the server has: --metrics 127.0.0.1:9542.",
    });
  }
  const address = parsePageAddress(options.metrics);
  const stopped = new AbortController();
  void stopReason(false).then(() => stopped.abort());
  const isLive = process.stdout.isTTY === true;
  let before = { at: performance.now(), page: await scrape(address) };
  checkServer(before.page);
  while (!stopped.signal.aborted) {
    await pause(PERIOD_MS, stopped.signal);
    if (stopped.signal.aborted) return;
    const page = await scrape(address);
    const at = performance.now();
    const activity = activityBetween(before.page, page, (at - before.at) / 1000);
    before = { at, page };
    if (options.json) return await output.data(`${JSON.stringify(activity)}\n`);
    await output.data(`${isLive ? CLEAR : ""}${formatActivity(activity)}\n`);
  }
}

/** @throws {GibbonError} SOCKET_FAILED for the page of something else */
function checkServer(page: Scraped): void {
  if (page.has("gibbon_events_under_way")) return;
  throw new GibbonError("SOCKET_FAILED", "The page has no events of a plugin server", {
    remedy: "Give the --metrics of a gibbon serve that has started.",
  });
}

/** A server as lines for people. */
export function formatActivity(activity: Activity): string {
  const { workers, workersWanted, workersSilent, restarts, eventsPerSecond } = activity;
  const crew = workersWanted === 0
    ? "one process"
    : `${workers} of ${workersWanted} workers, ${restarts} restarts` +
      (workersSilent > 0 ? `, ${workersSilent} silent` : "");
  const mebibytes = Math.round(activity.memoryBytes / 1024 / 1024);
  const heads = ["plugin", "events/s", "p50", "p99", "failures", "in all", "instances"];
  return [
    `gibbon: ${crew}; ${mebibytes} MiB; ${activity.connections} connections`,
    `${rate(eventsPerSecond)} events/s, ${activity.eventsUnderWay} under way`,
    "",
    formatTable(heads, activity.plugins.map(row)),
  ].join("\n");
}

function row(plugin: PluginActivity): string[] {
  return [
    plugin.isStopped ? `${plugin.plugin} (stopped)` : plugin.plugin,
    rate(plugin.eventsPerSecond),
    time(plugin.p50),
    time(plugin.p99),
    String(plugin.failures),
    String(plugin.failuresInAll),
    String(plugin.instances),
  ];
}

function rate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 10 ? 1 : 0);
}

function time(ms: number | null): string {
  return ms === null ? "-" : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}
