// What a plugin has against a configuration, by the fields of kong.yml.
import type { ConfigFault } from "../kong/emulator/config/file_schema.ts";
import type { EntityPath } from "../kong/emulator/config/yaml_text.ts";
import { readRefusal } from "../kong/schema/issues.ts";

/** A path that can be followed in a file. */
const PATH = /^[\w.[\]*]+$/;

/**
 * What a server says against a configuration, field by field where it names them.
 *
 * @param at where the plugin stands
 */
export function faultsIn(reason: string, at: EntityPath): ConfigFault[] {
  const { text = reason, issues = [] } = readRefusal(reason) ?? {};
  if (issues.length === 0 || !issues.every(({ path }) => PATH.test(path))) {
    return [{ path: [...at, "config"], message: text }];
  }
  return issues.map(({ path: written, message }) => {
    const parts = [...written.matchAll(/([\w*]+)|\[(\d*)\]/g)];
    const path = parts.map(([, name, index]) => name ?? Number(index || NaN));
    const end = path.findIndex((part) => part === "*" || Number.isNaN(part));
    return { path: [...at, "config", ...end < 0 ? path : path.slice(0, end)], message };
  });
}
