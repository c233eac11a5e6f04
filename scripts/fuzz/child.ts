// Rounds of one decoder or server, in a process of their own: `child.ts JSON` with a FuzzOrder. Prints a
// FuzzLine after each round, and ends at the first failure.
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import type { FuzzLine, FuzzOrder } from "./order.ts";
import { type RoundResult, runRound } from "./round.ts";
import { playRound, serverName } from "./server/play.ts";
import { decoderOf } from "./targets/all.ts";

function rounds(order: FuzzOrder): (seed: number) => Promise<RoundResult> | RoundResult {
  const { name, socket, patienceMs } = order;
  if (socket === undefined) {
    const decoder = decoderOf(name);
    return (seed) => runRound(decoder, seed, { slowMs: patienceMs });
  }
  const protocol = name === serverName("msgpack") ? "msgpack" : "protobuf";
  return (seed) => playRound({ socket, protocol, patienceMs }, seed);
}

const order: FuzzOrder = JSON.parse(process.argv[2] ?? "");
const run = rounds(order);
for (let seed = order.seed; seed < order.seed + order.rounds; seed++) {
  const line: FuzzLine = { seed, ...await run(seed) };
  console.log(JSON.stringify(line));
  if (line.failure) process.exit(1);
  // What was left for later, such as a rejection that nobody handles, comes to light here.
  await turn();
}
process.exit(0);
