// The registry: only its plugins can be named, and what happened to them outlives a reload.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { PluginRegistry } from "../../../src/kong/engine/registry.ts";
import { pluginOf } from "../support/events.ts";

const plugin = (name: string) => pluginOf(() => {}, { name });

function registryOf(...names: string[]): PluginRegistry {
  const registry = new PluginRegistry();
  registry.replace(names.map(plugin));
  return registry;
}

function refusalOf(registry: PluginRegistry, name: string): GibbonError {
  try {
    registry.get(name);
  } catch (error) {
    assert.ok(error instanceof GibbonError);
    return error;
  }
  assert.fail(`${name} was found`);
}

describe("a registry", () => {
  test("finds plugins by name, and lists them as they were found", () => {
    const registry = registryOf("b", "a");
    assert.equal(registry.get("a").plugin.name, "a");
    assert.deepEqual(registry.list().map(({ plugin }) => plugin.name), ["b", "a"]);
    assert.deepEqual([registry.get("a").lastStart, registry.get("a").lastClose], [0, 0]);
  });

  test("says which plugins there are when it is asked for another", () => {
    const { code, message, remedy } = refusalOf(registryOf("b", "a"), '../"c');
    assert.equal(code, "PLUGIN_UNKNOWN");
    assert.match(message, /no plugin "\.\.\/\\"c"/);
    assert.match(remedy ?? "", /Loaded plugins: b, a\./);
    assert.match(refusalOf(registryOf(), "a").remedy ?? "", /Loaded plugins: none\./);
  });

  test("keeps what happened to a plugin when that is replaced, and forgets one that is gone", () => {
    const registry = registryOf("a", "b");
    const old = registry.get("a").plugin;
    registry.get("a").lastStart = 17;
    registry.get("a").lastClose = 18;
    registry.get("b").lastStart = 19;
    registry.replace([plugin("a"), plugin("c")]);
    const { plugin: now, lastStart, lastClose } = registry.get("a");
    assert.notEqual(now, old);
    assert.deepEqual([lastStart, lastClose], [17, 18]);
    assert.equal(refusalOf(registry, "b").code, "PLUGIN_UNKNOWN");
    registry.replace([plugin("b")]);
    assert.equal(registry.get("b").lastStart, 0);
  });
});
