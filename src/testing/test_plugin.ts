// testPlugin: the beginning of a test.
import "./clock/install.ts";
import "./clock/keep.ts";
import { lookForHearers } from "../kong/engine/unheard.ts";
import { TestGateway } from "./gateway.ts";
import {
  KONG_PROTOCOLS,
  type PluginOptions,
  type Protocol,
  type TestablePlugin,
  type TestedPlugin,
  type TestOptions,
} from "./options.ts";

lookForHearers();

/**
 * Puts a plugin behind an acted-out Kong, in memory: configures it as Kong does, and starts an
 * instance. Requests to the gateway that it gives are handled as `gibbon dev` handles them, over the
 * real protocol.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { test } from "node:test";
 * import { definePlugin } from "gibbon";
 * import { testPlugin } from "gibbon/testing";
 * import * as v from "valibot";
 *
 * const plugin = definePlugin({
 *   config: v.object({ keys: v.set(v.string()) }),
 *   async access(kong, { keys }) {
 *     const key = await kong.request.getHeader("x-api-key");
 *     if (key === undefined || !keys.has(key)) kong.response.exit(401);
 *   },
 * });
 *
 * test("a stranger is turned away", async () => {
 *   await using gateway = await testPlugin(plugin, { config: { keys: ["open-sesame"] } });
 *   const { response, upstream } = await gateway.request("/hello");
 *   assert.equal(response.status, 401);
 *   assert.equal(upstream, undefined);
 * });
 * ```
 *
 * @param plugin what a module exports, or where the module is
 * @throws {GibbonError} PLUGIN_INVALID, PLUGIN_BROKEN for what is no plugin or does not start;
 * CONFIG_INVALID, OPTION_INVALID for what Kong would refuse
 */
export function testPlugin<Plugin extends TestablePlugin>(
  plugin: Plugin,
  { config, name, on, ...options }: PluginOptions<Plugin> & TestOptions = {},
): Promise<TestGateway> {
  const tested = {
    plugin,
    ...(config === undefined ? {} : { config }),
    ...(name === undefined ? {} : { name }),
    ...(on === undefined ? {} : { on }),
  };
  return TestGateway.start([tested as TestedPlugin], options);
}

/**
 * The same for several plugins. They run in Kong's order: by their priorities, whatever their order
 * here.
 */
export function testPlugins(
  plugins: readonly TestedPlugin[],
  options: TestOptions = {},
): Promise<TestGateway> {
  return TestGateway.start(plugins, options);
}

/**
 * Does something over each of Kong's protocols, one after the other: what holds over one has to hold
 * over the other.
 */
export async function onBothProtocols(
  check: (protocol: Protocol) => void | Promise<void>,
): Promise<void> {
  for (const protocol of KONG_PROTOCOLS) {
    try {
      await check(protocol);
    } catch (error) {
      if (error instanceof Error) error.message = `over ${protocol}: ${error.message}`;
      throw error;
    }
  }
}
