// References to secrets, such as {vault://env/db-password}, and the values of the vault `env`.
import type { EntityRecord } from "../entities.ts";

/** A reference such as `{vault://env/db-password/user?prefix=MY_#2}`, taken apart. */
export interface SecretReference {
  /** The vault's prefix, or `env`. */
  readonly name: string;
  readonly resource: string;
  readonly key?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly version?: number;
}

/** Where secrets come from. */
export interface VaultSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Vault entities; those of the name `env` are acted on. */
  readonly vaults?: readonly EntityRecord[];
}

/** Whether a text is a reference. */
export function isVaultReference(value: string): boolean {
  return /^\{vault:\/\/.+\}$/s.test(value);
}

/** Takes a reference apart; undefined if it is none. */
export function parseVaultReference(reference: string): SecretReference | undefined {
  if (!isVaultReference(reference)) return undefined;
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

/** The secret behind a reference; undefined if there is none. */
export function secretOf(reference: string, { env, vaults = [] }: VaultSources) {
  const parsed = parseVaultReference(reference);
  if (!parsed) return undefined;
  const vault = vaults.find(({ prefix }) => prefix === parsed.name);
  if (vault ? vault.name !== "env" : parsed.name !== "env") return undefined;
  const config = { ...vault?.config as Record<string, unknown> | undefined, ...parsed.config };
  const name = `${config.prefix ?? ""}${parsed.resource}`.replaceAll("-", "_");
  const value = env[name.toUpperCase()] ?? env[name];
  if (parsed.key === undefined || value === undefined) return value;
  try {
    const field = JSON.parse(value)[parsed.key];
    return typeof field === "string" ? field : undefined;
  } catch {
    return undefined;
  }
}
