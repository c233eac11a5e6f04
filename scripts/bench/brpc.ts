// `deno task bench brpc [--quick]`: calls a second through hubs to plugins, gibbon's and Go's, in one run.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HubProcess } from "../../tests/brpc/hub_process.ts";
import { buildGo } from "../../tests/support/go.ts";
import { type Started, startProcess } from "../../tests/support/process.ts";
import { RUNTIME_NAMES, runtimePath } from "../runtimes.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";

const CALLERS: readonly number[] = [1, 8, 64];
const HUB = fileURLToPath(new URL("brpc_hub.ts", import.meta.url));
const GO_PEER = new URL("../../tests/brpc/peer", import.meta.url);
const PLUGIN = fileURLToPath(new URL("../../tests/brpc/run_plugin.ts", import.meta.url));
const NAME = "bench";

/** How much is measured. */
interface Scope {
  readonly rounds: number;
  readonly seconds: number;
}

const FULL: Scope = { rounds: 7, seconds: 1 };
const QUICK: Scope = { rounds: 2, seconds: 0.4 };

/** A hub with its plugin, and the calls a second that were counted: a list for each of CALLERS. */
interface Pair {
  readonly title: string;
  readonly hub: HubProcess;
  readonly plugin: Started;
  readonly counted: readonly number[][];
}

/** Measures, and prints a table. */
export async function benchBrpc(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { quick: { type: "boolean", default: false } } });
  const compared = await compareHubs(values.quick ? QUICK : FULL);
  console.log(`${machineLine()}\n\n${compared}`);
}

/** Measures all pairs in turns, so that what else the machine does falls on all of them. */
async function compareHubs({ rounds, seconds }: Scope): Promise<string> {
  const peer = await buildGo(GO_PEER, ".");
  const pairs: Pair[] = [];
  try {
    if (peer.missing !== undefined) throw new Error(`no Go to compare with: ${peer.missing}`);
    for (const pair of await commands(peer.program("gibbon-brpc-peer"))) {
      pairs.push(await start(pair));
    }
    for (let round = 0; round < rounds; round++) {
      for (const [index, callers] of CALLERS.entries()) {
        for (const { hub, counted } of pairs) {
          const { calls } = await hub.order("bench", NAME, { callers, seconds });
          counted[index]?.push(calls / seconds);
        }
      }
    }
    return hubTable(pairs);
  } finally {
    await Promise.all(pairs.flatMap(({ hub, plugin }) => [hub.run.kill(), plugin.kill()]));
    await peer.remove();
  }
}

type Commands = readonly [title: string, hub: readonly string[], plugin: readonly string[]];

/** Go to Go first: the others are measured by it. */
async function commands(go: string): Promise<Commands[]> {
  const goHub = [go, "hub", "127.0.0.1:0"];
  const goPlugin = [go, "plugin"];
  const all: Commands[] = [["Go to Go", goHub, goPlugin]];
  for (const name of RUNTIME_NAMES) {
    const runtime = [await runtimePath(name), ...(name === "deno" ? ["run", "-A"] : [])];
    all.push([`gibbon on ${name} to Go`, [...runtime, HUB], goPlugin]);
    all.push([`Go to gibbon on ${name}`, goHub, [...runtime, PLUGIN]]);
  }
  return all;
}

async function start([title, hubCommand, pluginCommand]: Commands): Promise<Pair> {
  const hub = new HubProcess(hubCommand);
  const address = await listening(hub, title);
  const plugin = startProcess([...pluginCommand, address, NAME, "v1"]);
  const pair = { title, hub, plugin, counted: CALLERS.map(() => []) };
  // The first order waits for the plugin at gibbon's hub; Go's says that it is there.
  const isGo = hubCommand.includes("hub");
  await until(() => !isGo || hub.events("connected").length > 0, `${title}: ${plugin.stderr()}`);
  return pair;
}

async function listening(hub: HubProcess, title: string): Promise<string> {
  await until(() => hub.events("listening").length > 0, `${title}: ${hub.run.stderr()}`);
  return hub.events("listening")[0].address;
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 20_000; !isSo();) {
    if (performance.now() > end) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function hubTable(pairs: readonly Pair[]): string {
  const [control] = pairs;
  const rows = pairs.map(({ title, counted }) => [
    title,
    ...counted.flatMap((values, index) => {
      // Rounds are compared one by one: what slowed one down slowed its neighbours down too.
      const ratios = values.map((value, round) =>
        value / (control?.counted[index]?.[round] ?? NaN)
      );
      return [show(median(values)), show(median(ratios), 2)];
    }),
  ]);
  const head = CALLERS.flatMap((callers) => [`${callers} under way`, "of Go's"]);
  return table(["calls/s", ...head], rows);
}
