// A server under fuzz, from its start to its end: its rounds, its canary, its log.
import { fileURLToPath } from "node:url";
import { makeFolder } from "../../tests/support/folder.ts";
import { startProcess } from "../../tests/support/process.ts";
import type { CanaryReport } from "./canary.ts";
import type { FuzzOrder } from "./order.ts";
import { FuzzedServer } from "./server/serve.ts";
import { type FuzzResult, watch, type WatchOptions } from "./watch.ts";

const CANARY = fileURLToPath(new URL("canary.ts", import.meta.url));

/** What became of a server. */
export interface ServerResult extends FuzzResult {
  readonly canary: CanaryReport;
  readonly logBytes: number;
  readonly megabytes: number;
}

/**
 * Fuzzes a server.
 *
 * @param command what starts gibbon
 * @param canaryMs how long an event of the canary may take, in milliseconds
 */
export async function fuzzServer(
  order: FuzzOrder,
  command: readonly string[],
  canaryMs: number,
  options: WatchOptions,
): Promise<ServerResult> {
  const folder = await makeFolder();
  const server = await FuzzedServer.start(command, folder.path);
  const canary = startProcess([...options.runtime, CANARY, server.socket, String(canaryMs)], {
    input: "open",
  });
  try {
    const result = await watch({ ...order, socket: server.socket }, options);
    canary.endInput();
    const { stdout, stderr } = await canary.ended;
    if (stdout === "") throw new Error(`the canary has ended:\n${stderr}`);
    const report: CanaryReport = JSON.parse(stdout);
    const problem = server.problem() ?? canaryProblem(report);
    const seed = result.failure?.seed ?? order.seed;
    const failure = result.failure ??
      (problem === undefined ? undefined : { decoder: order.name, seed, problem, input: "" });
    return {
      ...result,
      canary: report,
      logBytes: server.logBytes,
      megabytes: await server.megabytes(),
      ...failure ? { failure } : {},
    };
  } finally {
    await canary.kill();
    await server.stop();
    await folder.remove();
  }
}

function canaryProblem({ problems }: CanaryReport): string | undefined {
  return problems.length === 0 ? undefined : `the canary was harmed: ${problems.join("; ")}`;
}
