// What a plugin has against a configuration, by the fields of kong.yml.
import type { ConfigFault } from "../kong/emulator/config/file_schema.ts";
import type { EntityPath } from "../kong/emulator/config/yaml_text.ts";

/**
 * What a server says against a configuration, field by field where it names them, as in `the
 * configuration does not fit: limit: expected value <=10; keys: is missing. Correct ...`.
 *
 * @param at where the plugin stands
 */
export function faultsIn(reason: string, at: EntityPath): ConfigFault[] {
  const [, told] =
    /does not fit: (.*?)(?:\. Correct the plugin's configuration.*)?$/s.exec(reason) ??
      [];
  const pieces = told?.split("; ").map((piece) => /^([\w.[\]*]+): (.+)$/s.exec(piece)) ?? [];
  if (pieces.length === 0 || pieces.includes(null)) {
    return [{ path: [...at, "config"], message: told ?? reason }];
  }
  return pieces.map((piece) => {
    const parts = [...piece![1]!.matchAll(/([\w*]+)|\[(\d*)\]/g)];
    const path = parts.map(([, name, index]) => name ?? Number(index || NaN));
    const end = path.findIndex((part) => part === "*" || Number.isNaN(part));
    return {
      path: [...at, "config", ...end < 0 ? path : path.slice(0, end)],
      message: piece![2]!,
    };
  });
}

/** Whether a server has refused a configuration because of its schema. */
export function isRefusal(reason: string): boolean {
  return reason.includes("does not fit: ");
}
