// `deno task bench poison [--seconds N] [--way NAME]`: one request that ends or blocks its process among
// five benign ones a second, and what that costs; on the executable if there is one.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Outcome, Tally } from "../../tests/kong/life/nginx/outcome.ts";
import type { Way } from "../../tests/kong/life/plugins.ts";
import { deadlyOver, guardOver, Stage } from "../../tests/kong/life/stage.ts";
import type { Program } from "../../tests/kong/support/programs.ts";
import { lives } from "../../tests/support/process.ts";
import { Workspace } from "../../tests/support/workspace.ts";
import { measuredProgram, type Row, ROWS } from "./kong_stage.ts";
import { machineLine } from "./machine.ts";
import { show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";

const WAYS: readonly Way[] = ["kill", "crash", "loop"];

/** A benign request every so many milliseconds, of each plugin by turns. */
const PACE_MS = 200;

/** How long a worker may be blocked, in seconds; for the endless loop. */
const TIMEOUT_S = 2;

/** Benign requests that run before the poisonous one: a second of them. */
const BEFORE = 5;

interface Report {
  readonly row: Row;
  readonly way: Way;
  readonly deaths: number;
  /** Benign requests of the plugin that has the poisonous one, and of the other. */
  readonly same: Tally;
  readonly other: Tally;
  readonly poison: Outcome;
  /** Milliseconds from the first death, or the beginning of the loop, until a request was served. */
  readonly nextMs: number;
}

/**
 * Measures, and prints a table.
 *
 * @throws {Error} if it cost more than two processes, or any request of the other plugin
 */
export async function benchPoison(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "60" },
      way: { type: "string", multiple: true },
    },
  });
  const seconds = wholeNumber("seconds", values.seconds);
  const ways = WAYS.filter((way) => values.way?.includes(way) ?? true);
  if (ways.length === 0) throw new Error(`--way is ${WAYS.join(", ")}`);
  const program = measuredProgram();
  const reports: Report[] = [];
  for (const way of ways) {
    console.error(`${way}: ${seconds} s`);
    // Nearly nothing is done in that time: all rows at once.
    reports.push(...await Promise.all(ROWS.map((row) => measure(program, row, way, seconds))));
  }
  console.log(
    `${machineLine()}\n${program.what}, 2 nginx workers, ${1000 / PACE_MS} benign requests a ` +
      `second for ${seconds} s, and one that is not\n\n${reportTable(reports)}`,
  );
  const worse = reports.filter(({ deaths, other }) => deaths > 2 || other.harmed > 0);
  if (worse.length === 0) return;
  const what = worse.map(({ row, way, deaths, other }) =>
    `${row.protocol}, ${row.layout}, ${way}: ${deaths} deaths; the other plugin: ${other.report}`
  );
  throw new Error(`it cost too much:\n${what.join("\n")}`);
}

async function measure(
  program: Program,
  row: Row,
  way: Way,
  seconds: number,
): Promise<Report> {
  const space = new Workspace();
  const stage = await Stage.start(space, {
    program,
    serve: [...row.serve, "--worker-timeout", String(TIMEOUT_S)],
    plugins: [guardOver(row.protocol), deadlyOver(row.protocol)],
    kong: { workers: 2, restartMs: 1000 },
  });
  try {
    for (const name of ["guard", "deadly"]) await stage.served({ plugins: [name] });
    return await poisoned(stage, row, way, seconds);
  } finally {
    await space.clear();
  }
}

async function poisoned(stage: Stage, row: Row, way: Way, seconds: number): Promise<Report> {
  const [same, other] = [new Tally(), new Tally()];
  /** When benign requests were served, on the clock of `performance.now()`. */
  const served: number[] = [];
  const benign = async (number: number) => {
    const [name, tally] = number % 2 === 0 ? ["guard", other] as const : ["deadly", same] as const;
    const outcome = await stage.kong.request({ plugins: [name] });
    tally.add(outcome);
    if (outcome.kind === "ok") served.push(outcome.began + outcome.ms);
  };
  const running: Promise<unknown>[] = [];
  let poison: Promise<Outcome> | undefined;
  let harmedAt: Promise<number> | undefined;
  for (let number = 0; number < (seconds * 1000) / PACE_MS; number++) {
    if (number === BEFORE) {
      const headers = [["x-die", way]] as const;
      poison = stage.kong.request({ plugins: ["deadly"], headers, patienceMs: seconds * 1000 });
      harmedAt = harm(stage, way);
    }
    running.push(benign(number));
    await sleep(PACE_MS);
  }
  await Promise.all(running);
  if (!poison || !harmedAt) throw new Error(`--seconds: more than ${(BEFORE * PACE_MS) / 1000}`);
  const at = await harmedAt;
  const nextMs = Math.min(...served.filter((end) => end > at)) - at;
  return { row, way, deaths: stage.deaths.length, same, other, poison: await poison, nextMs };
}

/** Settles when the first process has died, or begun to loop; gives the time. */
async function harm(stage: Stage, way: Way): Promise<number> {
  while (stage.deaths.length === 0 || (way !== "loop" && lives(stage.deaths[0]!))) await sleep(1);
  return performance.now();
}

function reportTable(reports: readonly Report[]): string {
  const rows = reports.map(({ row, way, deaths, same, other, poison, nextMs }) => [
    `${way}, ${row.protocol}, ${row.layout}`,
    show(deaths),
    poison.kind,
    ...[same, other].flatMap(({ total, counts }) => [
      show(total),
      show(counts.failed + counts.hung),
      show(counts.unchecked),
    ]),
    Number.isFinite(nextMs) ? show(nextMs) : "never",
  ]);
  const kinds = ["requests", "failed", "unchecked"];
  const head = ["", "deaths", "poison", ...kinds.map((kind) => `same: ${kind}`)];
  return table([...head, ...kinds.map((kind) => `other: ${kind}`), "next served ms"], rows);
}
