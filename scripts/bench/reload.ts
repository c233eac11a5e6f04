// `deno task bench reload [--times N] [--connections N]`: reloads Kong again and again under load, and
// tells what became of the requests; on the executable if there is one.
import { parseArgs } from "node:util";
import type { Tally } from "../../tests/kong/life/nginx/outcome.ts";
import { Load } from "../../tests/kong/life/nginx/load.ts";
import { guardOver, Stage } from "../../tests/kong/life/stage.ts";
import type { Program } from "../../tests/kong/support/programs.ts";
import { Workspace } from "../../tests/support/workspace.ts";
import { measuredProgram, type Row, ROWS } from "./kong_stage.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";
import { wholeNumber } from "./options.ts";

/** How long an old nginx worker stays once it has served its last request, in milliseconds. */
const LINGER_MS = 1000;

/** As in Kong: how long after its end a server is started again, in milliseconds. */
const RESTART_MS = 1000;

/** nginx workers. */
const WORKERS = 2;

interface Scope {
  readonly times: number;
  readonly connections: number;
}

interface Report {
  readonly row: Row;
  readonly tally: Tally;
  /** Seconds from each reload to the end of the old server. */
  readonly seconds: readonly number[];
}

/**
 * Measures, and prints a table.
 *
 * @throws {Error} if a request got a 500, or passed without its plugin
 */
export async function benchReload(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      times: { type: "string", default: "10" },
      connections: { type: "string", default: "32" },
    },
  });
  const scope: Scope = {
    times: wholeNumber("times", values.times),
    connections: wholeNumber("connections", values.connections),
  };
  const program = measuredProgram();
  const reports: Report[] = [];
  for (const row of ROWS) {
    console.error(`${row.protocol}, ${row.layout}`);
    reports.push(await measure(program, row, scope));
  }
  console.log(
    `${machineLine()}\n${program.what}, ${WORKERS} nginx workers, ${scope.connections} requests ` +
      `under way, ${scope.times} reloads each\n\n${reportTable(reports)}`,
  );
  const harmed = reports.filter(({ tally }) => tally.harmed > 0);
  if (harmed.length === 0) return;
  const what = harmed.map(({ row, tally }) => `${row.protocol}, ${row.layout}: ${tally.report}`);
  throw new Error(`requests were harmed:\n${what.join("\n")}`);
}

async function measure(program: Program, row: Row, scope: Scope): Promise<Report> {
  const { protocol, serve } = row;
  const space = new Workspace();
  const stage = await Stage.start(space, {
    program,
    serve,
    plugins: [guardOver(protocol)],
    kong: { workers: WORKERS, restartMs: RESTART_MS, lingerMs: LINGER_MS },
  });
  try {
    await stage.served();
    const load = new Load(stage.kong, { lanes: scope.connections });
    const seconds: number[] = [];
    for (let i = 0; i < scope.times; i++) seconds.push(await reload(stage));
    return { row, tally: await load.stop(), seconds };
  } finally {
    await space.clear();
  }
}

/** A reload, up to where the old server is gone and the new one serves; gives its seconds. */
async function reload(stage: Stage): Promise<number> {
  const began = performance.now();
  const { old, left } = await stage.kong.reload();
  await Promise.all([left, stage.serving()]);
  await Promise.all(old.keepers.map(({ process }) => process.ended));
  return (performance.now() - began) / 1000;
}

function reportTable(reports: readonly Report[]): string {
  const rows = reports.map(({ row, tally, seconds }) => [
    `${row.protocol}, ${row.layout}`,
    show(seconds.length),
    show(median(seconds), 1),
    show(tally.total),
    show(tally.counts.failed),
    show(tally.counts.unchecked),
    show(tally.counts.hung),
    show(tally.longestMs),
  ]);
  const head = ["", "reloads", "seconds each", "requests", "with 500", "without the plugin"];
  return table([...head, "without an answer", "longest wait ms"], rows);
}
