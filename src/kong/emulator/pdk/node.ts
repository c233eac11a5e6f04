// kong.node: the Kong node itself. Its memory is this process's, as there are no Lua VMs.
import process from "node:process";
import { ANY, badArgument, inPhases, integer, text } from "./function.ts";

const UNITS: Readonly<Record<string, { readonly bytes: number; readonly name: string }>> = {
  k: { bytes: 1024, name: "KiB" },
  m: { bytes: 1024 ** 2, name: "MiB" },
  g: { bytes: 1024 ** 3, name: "GiB" },
};

/** Shared dictionaries that a default Kong has, with their sizes there; all of them count as empty. */
const SHARED_DICTIONARIES: Readonly<Record<string, number>> = {
  kong: 5 * 1024 ** 2,
  kong_core_db_cache: 128 * 1024 ** 2,
  kong_db_cache: 128 * 1024 ** 2,
  kong_locks: 8 * 1024 ** 2,
};

function amount(bytes: number, unit: string, scale: number): number | string {
  if (unit === "b") return bytes;
  const { bytes: size, name } = UNITS[unit]!;
  return `${(bytes / size).toFixed(scale)} ${name}`;
}

function memoryStats(args: readonly unknown[]): unknown {
  const unit = args[0] === undefined ? "b" : text(args[0], "the unit").toLowerCase();
  const scale = args[1] === undefined ? 2 : integer(args[1], "the scale", 0, 20);
  if (unit !== "b" && !UNITS[unit]) throw badArgument("the unit", "b, k, m or g");
  const dictionaries = Object.entries(SHARED_DICTIONARIES).map(([name, capacity]) => [
    name,
    { capacity: amount(capacity, unit, scale), allocated_slabs: amount(4096, unit, scale) },
  ]);
  const { heapUsed } = process.memoryUsage();
  return {
    lua_shared_dicts: Object.fromEntries(dictionaries),
    workers_lua_vms: [{ pid: process.pid, http_allocated_gc: amount(heapUsed, unit, scale) }],
  };
}

/** Functions of `kong.node`. */
export const nodeFunctions = inPhases(ANY, {
  "kong.node.get_id": ({ node }) => node.id,
  "kong.node.get_hostname": ({ node }) => node.hostname,
  "kong.node.get_memory_stats": (_, args) => memoryStats(args),
});
