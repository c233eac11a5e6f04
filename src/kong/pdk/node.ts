// kong.node: the Kong process that runs the plugin.
import type { PdkCaller } from "./caller.ts";
import type { MemoryStats } from "./entities.ts";
import { listOf, mapOf } from "./results.ts";

/** `kong.node`: this node of Kong. */
export class KongNode {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The node's UUID.
   *
   * Phases: all.
   */
  getId(): Promise<string> {
    return this.#caller.call("kong.node.get_id");
  }

  /**
   * How much memory Kong's shared dictionaries and Lua machines take up: numbers of bytes, or with
   * another unit than bytes strings such as `40.00 KiB`.
   *
   * Phases: all.
   *
   * @param unit of bytes, KiB, MiB or GiB
   * @param scale digits behind the point, 2 if left out
   */
  getMemoryStats(unit?: "b" | "B"): Promise<MemoryStats<number>>;
  getMemoryStats(
    unit: "k" | "K" | "m" | "M" | "g" | "G",
    scale?: number,
  ): Promise<MemoryStats<string>>;
  getMemoryStats(unit?: string, scale?: number): Promise<MemoryStats<never>> {
    return this.#caller.read("kong.node.get_memory_stats", [unit, scale], memoryStatsOf);
  }

  /**
   * The name of the machine that the node runs on.
   *
   * Phases: all. Since Kong 2.3. Not over ProtoBuf:1.
   */
  getHostname(): Promise<string> {
    return this.#caller.call("kong.node.get_hostname");
  }
}

function memoryStatsOf(value: unknown): MemoryStats<never> {
  const { lua_shared_dicts, workers_lua_vms } = mapOf(value);
  return {
    lua_shared_dicts: mapOf(lua_shared_dicts),
    workers_lua_vms: listOf(workers_lua_vms),
  } as unknown as MemoryStats<never>;
}
