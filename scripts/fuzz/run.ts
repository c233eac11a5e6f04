// The whole of `deno task fuzz`: decoders in processes side by side, then the servers one by one.
import { existsSync } from "node:fs";
import os from "node:os";
import { EXECUTABLE, MAIN } from "../bench/servers.ts";
import { type RuntimeName, runtimePath } from "../runtimes.ts";
import { fuzzServer, type ServerResult } from "./fuzz_server.ts";
import { serverName } from "./server/play.ts";
import { DECODERS } from "./targets/all.ts";
import { type FuzzResult, roundsOf, watch, type WatchOptions } from "./watch.ts";

/** What is fuzzed. */
export interface FuzzPlan {
  /** All inputs together. */
  readonly inputs: number;
  readonly seed: number;
  /** Names of decoders and servers; all of them if there are none. */
  readonly only: readonly string[];
  /** What decodes, and what serves unless the executable does. */
  readonly runtime: RuntimeName;
  /** Whether dist/gibbon serves. */
  readonly executable: boolean;
  readonly progress: (text: string) => void;
}

/** A server's part of all inputs, held against the decoders'; its inputs are whole conversations. */
const SERVER_SHARE = 0.25;

/** How long a decoder may take for an input, in milliseconds: others use the machine, too. */
const SLOW_MS = 2000;

/** How long a server may take for an answer, to whomever, in milliseconds. */
const CANARY_MS = 2000;
const ANSWER_MS = 10_000;

const SERVERS = (["msgpack", "protobuf"] as const).map(serverName);

/** Names of all that can be fuzzed. */
export const NAMES: readonly string[] = [...DECODERS.map(({ name }) => name), ...SERVERS];

/** What the names of a plan stand for: their parts of all inputs. */
function shares(only: readonly string[]): Map<string, number> {
  const all = new Map(DECODERS.map(({ name, share }) => [name, share]));
  for (const name of SERVERS) all.set(name, SERVER_SHARE);
  if (only.length === 0) return all;
  for (const name of only) {
    if (!all.has(name)) throw new Error(`no ${name}; there are ${NAMES.join(", ")}`);
  }
  return new Map([...all].filter(([name]) => only.includes(name)));
}

/** Fuzzes; `done` gets each result as soon as it is there. */
export async function fuzz(plan: FuzzPlan, done: (result: FuzzResult | ServerResult) => void) {
  const parts = [...shares(plan.only)];
  const total = parts.reduce((sum, [, share]) => sum + share, 0);
  const orders = parts.map(([name, share]) => ({
    name,
    seed: plan.seed,
    rounds: roundsOf(plan.inputs * share / total),
  }));
  const runtime = await scriptRuntime(plan.runtime);
  const options = (name: string, rounds: number): WatchOptions => ({
    runtime,
    progress: (ran) => plan.progress(`${name}: ${Math.floor(100 * ran / rounds)} %`),
  });
  const decoders = orders.filter(({ name }) => !SERVERS.includes(name)).values();
  const lane = async () => {
    for (const order of decoders) {
      done(await watch({ ...order, patienceMs: SLOW_MS }, options(order.name, order.rounds)));
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, lane));
  const command = plan.executable ? [executable()] : [...runtime, MAIN];
  for (const order of orders.filter(({ name }) => SERVERS.includes(name))) {
    const asked = { ...order, patienceMs: ANSWER_MS };
    done(await fuzzServer(asked, command, CANARY_MS, options(order.name, order.rounds)));
  }
}

async function scriptRuntime(name: RuntimeName): Promise<string[]> {
  return [await runtimePath(name), ...name === "deno" ? ["run", "-A", "--no-check"] : []];
}

function executable(): string {
  if (existsSync(EXECUTABLE)) return EXECUTABLE;
  throw new Error("there is no dist/gibbon; run `deno task build` first");
}
