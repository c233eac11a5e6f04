// `deno task bench [SUBJECT] [OPTIONS]`: measurements, one subject a run.
import process from "node:process";
import { benchBrpc } from "./bench/brpc.ts";
import { benchEvent } from "./bench/event.ts";
import { benchHubs } from "./bench/hubs.ts";
import { benchIdle } from "./bench/idle.ts";
import { benchKills } from "./bench/kills.ts";
import { benchMemory } from "./bench/level.ts";
import { benchMsgpack } from "./bench/msgpack.ts";
import { benchPoison } from "./bench/poison.ts";
import { benchProtobuf } from "./bench/protobuf.ts";
import { benchProx } from "./bench/prox.ts";
import { benchReload } from "./bench/reload.ts";
import { benchSideBySide } from "./bench/side_by_side.ts";
import { benchTelemetry } from "./bench/telemetry.ts";
import { benchWorkers } from "./bench/workers.ts";

const BENCHES: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  all: benchSideBySide,
  msgpack: benchMsgpack,
  protobuf: benchProtobuf,
  prox: benchProx,
  brpc: benchBrpc,
  hubs: benchHubs,
  event: benchEvent,
  kills: benchKills,
  reload: benchReload,
  poison: benchPoison,
  memory: benchMemory,
  idle: benchIdle,
  telemetry: benchTelemetry,
  workers: benchWorkers,
};

const given = process.argv.slice(2);
const [name, args] = given[0]?.startsWith("-") === false
  ? [given[0], given.slice(1)]
  : ["all", given];
try {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`no bench ${name}; there are ${Object.keys(BENCHES).join(", ")}`);
  await bench(args);
} catch (error) {
  console.error(`deno task bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
