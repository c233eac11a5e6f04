// `deno task bench telemetry [--quick] [--before FILE]`: what metrics cost, and what they cost while they
// are scraped, as ratios of neighbours within one run. `--before` names an executable of an older gibbon.
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { measure } from "./load.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { EXECUTABLE, PLUGINS, type Running, type Server, start, stop } from "./servers.ts";

/** How often the page is asked for, in milliseconds: 15 times as often as Prometheus does. */
const SCRAPE_MS = 1000;
const CONNECTIONS = 8;

/** A way to run the server. */
interface Way extends Server {
  /** Whether its page is asked for while it is under load. */
  readonly isScraped?: boolean;
}

function way(name: string, options: (socket: string) => readonly string[], isScraped = false): Way {
  const plugins = path.join(PLUGINS, "gibbon");
  const serve = (socket: string) =>
    [
      EXECUTABLE,
      ...["serve", "--plugins-directory", plugins, "--socket", socket, ...options(socket)],
    ] as const;
  return { name, serve, isScraped };
}

function ways(before: string | undefined): readonly Way[] {
  const metrics = (socket: string) => ["--metrics", `unix:${socket}.page`];
  const off = way("off", () => []);
  return [
    off,
    // What two of the same differ by is noise.
    way("off again", () => []),
    way("metrics", metrics),
    way("metrics, scraped", metrics, true),
    ...before === undefined ? [] : [{
      name: "before",
      serve: (socket: string) => [before, ...off.serve(socket).slice(1)] as const,
    }],
  ];
}

/** Measures each way in turn, and prints the medians of what neighbours differ by. */
export async function benchTelemetry(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { quick: { type: "boolean", default: false }, before: { type: "string" } },
  });
  const [rounds, countMs] = values.quick ? [2, 500] : [5, 5000];
  const directory = await mkdtemp(path.join(os.tmpdir(), "gibbon-bench-"));
  const running: [Way, Running][] = [];
  try {
    for (const [at, one] of ways(values.before).entries()) {
      running.push([one, await start(one, `${directory}/${at}.sock`)]);
    }
    const found = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const [{ name, isScraped }, { socket }] of running) {
        console.error(`round ${round + 1} of ${rounds}: ${name}`);
        const scraper = isScraped ? setInterval(() => scrapeOnce(socket), SCRAPE_MS) : undefined;
        const { eventsPerSecond } = await measure({
          ...{ socket, connections: CONNECTIONS, warmUpMs: 1000, countMs },
        });
        clearInterval(scraper);
        found.set(name, [...found.get(name) ?? [], eventsPerSecond]);
      }
    }
    console.log(`${machineLine()}\n\n${resultTable(found)}`);
  } finally {
    for (const [, server] of running) await stop(server);
    await rm(directory, { recursive: true });
  }
}

function scrapeOnce(socket: string): void {
  http.get(
    { socketPath: `${socket}.page`, path: "/metrics", agent: false },
    (page) => page.resume(),
  );
}

function resultTable(found: ReadonlyMap<string, readonly number[]>): string {
  const off = found.get("off") ?? [];
  const rows = [...found].map(([name, rounds]) => [
    name,
    show(median([...rounds])),
    median(rounds.map((one, at) => one / (off[at] ?? NaN))).toFixed(4),
  ]);
  return table(["gibbon", "events/s", "of off, median of the rounds"], rows);
}
