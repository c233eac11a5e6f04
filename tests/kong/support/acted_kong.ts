// An acted-out Kong for tests of its PDK: calls on one exchange, one after the other.
import { Buffer } from "node:buffer";
import { Exchange, type RequestParts } from "../../../src/kong/emulator/exchange.ts";
import { HeaderList } from "../../../src/kong/emulator/http/header_list.ts";
import {
  createKongNode,
  type KongLogEntry,
  type KongNodeOptions,
} from "../../../src/kong/emulator/node.ts";
import { RequestExit } from "../../../src/kong/emulator/pdk/function.ts";
import { perform } from "../../../src/kong/emulator/perform.ts";
import { pluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import type { Phase } from "../../../src/kong/engine/phases.ts";

/** Bytes of a text with one character a byte. */
export const latin1 = (text: string) => Buffer.from(text, "latin1");

/** Sets up a node and an exchange on it. */
export function actedKong(request: Partial<RequestParts> = {}, options: KongNodeOptions = {}) {
  const entries: KongLogEntry[] = [];
  const node = createKongNode({ log: (entry) => entries.push(entry), ...options });
  const exchange = new Exchange(node, { method: "GET", target: "/", ...request });
  const plugin = pluginEntity({ name: "tester", phases: ["access"] });
  const at = (phase: Phase) => (method: string, ...args: unknown[]) =>
    perform({ exchange, node, plugin, phase }, `kong.${method}`, args);
  return {
    node,
    exchange,
    entries,
    plugin,
    at,
    /** Makes a call in the access phase. */
    call: at("access"),
    /** Makes a call that ends the request. */
    async exits(phase: Phase, method: string, ...args: unknown[]): Promise<void> {
      try {
        await at(phase)(method, ...args);
      } catch (error) {
        if (error instanceof RequestExit) return;
        throw error;
      }
      throw new Error(`${method} did not end the request`);
    },
    /** Lets the service answer. */
    answer(status = 200, headers: [string, string][] = [], body = "", buffered = true): void {
      exchange.buffered = buffered;
      exchange.receive({
        status,
        headers: new HeaderList(headers),
        ...(buffered ? { body: latin1(body) } : {}),
      });
    },
  };
}
