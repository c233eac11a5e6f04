// kong.vault: secrets by reference. Only the vault `env` is there, as in a Kong without others.
import { ANY, inPhases, type PdkContext, table, text } from "./function.ts";

/** A reference such as `{vault://env/db-password/user?prefix=MY_#2}`, taken apart. */
interface Reference {
  readonly name: string;
  readonly resource: string;
  readonly key?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly version?: number;
}

const isReference = (value: string) => /^\{vault:\/\/.+\}$/s.test(value);

function parseReference(reference: string): Reference | undefined {
  if (!isReference(reference)) return undefined;
  const match = /^([^/?#]+)\/([^/?#]+)(?:\/([^?#]+))?(?:\?([^#]*))?(?:#(\d+))?$/.exec(
    reference.slice("{vault://".length, -1),
  );
  if (!match) return undefined;
  const [, name = "", resource = "", key, query, version] = match;
  return {
    name,
    resource,
    ...(key === undefined ? {} : { key }),
    ...(query ? { config: Object.fromEntries(new URLSearchParams(query)) } : {}),
    ...(version === undefined ? {} : { version: Number(version) }),
  };
}

function secret({ node }: PdkContext, reference: string): string | undefined {
  const parsed = parseReference(reference);
  if (parsed?.name !== "env") return undefined;
  const name = `${parsed.config?.prefix ?? ""}${parsed.resource}`.replaceAll("-", "_");
  const value = node.env[name.toUpperCase()] ?? node.env[name];
  if (parsed.key === undefined || value === undefined) return value;
  try {
    const field = JSON.parse(value)[parsed.key];
    return typeof field === "string" ? field : undefined;
  } catch {
    return undefined;
  }
}

/** Functions of `kong.vault`. Nothing is cached, so `flush`, `update` and `warmup` change nothing. */
export const vault = inPhases(ANY, {
  "kong.vault.is_reference": (_, args) => isReference(text(args[0], "the reference")),
  "kong.vault.parse_reference": (_, args) => parseReference(text(args[0], "the reference")),
  "kong.vault.get": (context, args) => secret(context, text(args[0], "the reference")),
  "kong.vault.update": (_, args) => table(args[0], "the options"),
  "kong.vault.flush": () => undefined,
  "kong.vault.warmup": (_, args) => void table(args[0], "the input"),
});
