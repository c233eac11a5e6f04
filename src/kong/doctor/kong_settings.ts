// What Kong is told: a kong.conf and the KONG_ variables over it, as Kong reads them.
import { readFile } from "node:fs/promises";
import { GibbonError, messageOf } from "../../base/errors.ts";

/** Settings by their names in kong.conf, in lower case. */
export type KongSettings = ReadonlyMap<string, string>;

/**
 * Reads the settings. A variable goes before the file, as with Kong.
 *
 * @param file a kong.conf, if there is one
 * @throws {GibbonError} OPTION_INVALID if it cannot be read
 */
export async function readKongSettings(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KongSettings> {
  const settings = new Map(file === undefined ? [] : parseConf(await read(file)));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("KONG_") || value === undefined) continue;
    settings.set(name.slice("KONG_".length).toLowerCase(), value.trim());
  }
  return settings;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `--kong-conf: ${messageOf(error)}`, {
      file,
      remedy: "Name Kong's configuration file, and run this as a user that may read it.",
    });
  }
}

/** The lines `name = value`. A # begins a comment, unless a backslash is before it. */
export function parseConf(text: string): [name: string, value: string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const [, name, value = ""] = /^\s*([\w.-]+)\s*=(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const plain = value.replace(/(^|[^\\])#.*$/, "$1").replaceAll("\\#", "#").trim();
    return [[name.toLowerCase(), plain]];
  });
}

/** A setting that is a list. */
export function listSetting(settings: KongSettings, name: string): string[] {
  return (settings.get(name) ?? "").split(",").map((item) => item.trim()).filter(Boolean);
}
