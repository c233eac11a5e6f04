// The results of `deno task bench` for people.
import { CODEC, type Protocol } from "./contestants.ts";
import type { Measurement } from "./load.ts";
import { median, show, table } from "./numbers.ts";
import type { TreeUse } from "./process_tree.ts";

/** A server's rounds over a protocol at a number of connections. */
export interface Result {
  readonly protocol: Protocol;
  readonly server: string;
  readonly connections: number;
  readonly rounds: readonly Measurement[];
}

/** A server's memory over all of its processes. */
export interface Memory {
  readonly protocol: Protocol;
  readonly server: string;
  readonly atRest: TreeUse;
  readonly atEnd: TreeUse;
}

const HEAD = [
  "events/s",
  "of codec",
  "p50 ms",
  "p99 ms",
  "user us",
  "system us",
  "round trips",
  "load us",
];

/** A table for each protocol and number of connections; medians of the rounds. */
export function resultTables(results: readonly Result[]): string {
  const groups = Map.groupBy(results, ({ protocol, connections }) => {
    return `${protocol}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
  });
  return [...groups].sort(([, [a]], [, [b]]) => a!.protocol < b!.protocol ? -1 : 1)
    .map(([title, group]) => table([title, ...HEAD], group.map((result) => row(result, group))))
    .join("\n\n");
}

function row({ server, rounds }: Result, group: readonly Result[]): string[] {
  const middle = (field: keyof Measurement) => median(rounds.map((round) => round[field]));
  const codec = group.find((other) => other.server === CODEC);
  // A round's measurements are neighbours in time, so it is rounds that are compared.
  const ratios = rounds.map(({ eventsPerSecond }, at) => {
    return eventsPerSecond / (codec?.rounds[at]?.eventsPerSecond ?? NaN);
  });
  return [
    server,
    show(middle("eventsPerSecond")),
    show(median(ratios), 2),
    show(middle("p50"), 2),
    show(middle("p99"), 2),
    show(middle("user"), 1),
    show(middle("system"), 1),
    show(middle("trips"), 1),
    show(middle("load"), 1),
  ];
}

/** What others did on the machine while it was measured. */
export function othersLine(results: readonly Result[]): string {
  const cores = results.flatMap(({ rounds }) => rounds.map(({ others }) => others));
  return `others on the machine: ${show(median(cores), 2)} cores (median), ` +
    `${show(Math.max(...cores), 2)} at most`;
}

/**
 * Memory at rest, and at the end of the run, when every server has run for equally long. Of its own is
 * what no file is behind: the executable's pages are in memory once for all processes.
 */
export function memoryLines(memory: readonly Memory[]): string {
  const head = ["MB", "processes", "RSS at rest", "of its own", "RSS at the end", "of its own"];
  return table(
    head,
    memory.map(({ protocol, server, atRest, atEnd }) => [
      `${server}, ${protocol}`,
      show(atEnd.processes),
      show(atRest.rss, 1),
      show(atRest.anonymous, 1),
      show(atEnd.rss, 1),
      show(atEnd.anonymous, 1),
    ]),
  );
}
