// Which routes a plugin is for: the field `protocols` of its schema, beside its configuration.
import type { Phase } from "../engine/phases.ts";
import type { SchemaField } from "../engine/plugin.ts";

/** A kind of routes, as nginx's subsystems. */
export type RouteFamily = "http" | "stream";

/** What Kong applies a plugin to that says nothing. */
const HTTP = ["grpc", "grpcs", "http", "https"];
const STREAM = ["tcp", "tls", "udp"];
/** Kong from 2.7 on knows it; there is no TLS in Kong then, so a plugin has to be put there by name. */
const PASSED_ON = "tls_passthrough";

/**
 * The routes on which something of a plugin runs. `preread` runs for streams alone, `rewrite`, `access`
 * and `response` for HTTP alone. `certificate` and `log` run for both: they make a plugin with
 * `preread` one for both, and without it leave the plugin to HTTP, where Kong puts it.
 */
export function routeFamilies(phases: Iterable<Phase>): RouteFamily[] {
  const all = new Set(phases);
  if (!all.has("preread")) return ["http"];
  return all.size === 1 ? ["stream"] : ["http", "stream"];
}

/**
 * The field `protocols`, in the form that Kong's own plugins have it since Kong 2.0. None for a plugin
 * without `preread`: Kong's default is right there.
 */
export function protocolsField(phases: Iterable<Phase>): SchemaField | undefined {
  const families = routeFamilies(phases);
  if (!families.includes("stream")) return undefined;
  const protocols = [...families.includes("http") ? HTTP : [], ...STREAM];
  return {
    protocols: {
      type: "set",
      required: true,
      elements: { type: "string", one_of: [...protocols, PASSED_ON] },
      default: protocols,
    },
  };
}
