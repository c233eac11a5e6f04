// What the fuzzer says at the end: a line for each decoder and server, and what repeats a failure.
import { show, table } from "../bench/numbers.ts";
import type { ServerResult } from "./fuzz_server.ts";
import type { FuzzResult } from "./watch.ts";

/** Results as a table. */
export function fuzzTable(results: readonly FuzzResult[]): string {
  const rows = results.map(({ name, inputs, seconds, accepted, refused, failure }) => [
    name,
    show(inputs),
    show(inputs / seconds),
    show(accepted),
    show(refused),
    failure ? "FAILED" : "ok",
  ]);
  return table(["", "inputs", "inputs/s", "accepted", "refused", ""], rows);
}

/** How the servers and their canaries fared; empty without servers. */
export function serverTable(results: readonly FuzzResult[]): string {
  const servers = results.filter((result): result is ServerResult => "canary" in result);
  if (servers.length === 0) return "";
  const rows = servers.map(({ name, canary, logBytes, megabytes, seconds }) => [
    name,
    show(seconds),
    show(canary.events),
    show(canary.p50, 1),
    show(canary.p99, 1),
    show(canary.max, 1),
    show(logBytes),
    show(megabytes),
  ]);
  const head = ["", "seconds", "canary's events", "p50 ms", "p99 ms", "max ms", "log bytes", "MB"];
  return `\n${table(head, rows)}\n`;
}

/** What failed, and how to see it again; empty if nothing did. */
export function failureText(results: readonly FuzzResult[]): string {
  return results.flatMap(({ failure }) => {
    if (!failure) return [];
    const { decoder, seed, problem, input } = failure;
    const bytes = input === "" ? [] : [`input: ${input}`];
    return [
      `\n${decoder}: ${problem}`,
      ...bytes,
      `deno task fuzz --only ${decoder} --seed ${seed}`,
    ];
  }).join("\n");
}
