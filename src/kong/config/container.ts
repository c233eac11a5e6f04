// A container of Kong with a root that is read-only, whoever runs it: what it may write to, and is asked.
import { dirname } from "node:path";
import type { Setting } from "./settings.ts";

/** The user of Kong's images, by its number, and its group. */
export const KONG_USER = 1000;

/** Where Kong says how it is. */
export const STATUS_PORT = 8100;

/** Paths in a container. */
export interface ContainerPaths {
  /** Kong's prefix. */
  readonly prefix: string;
  readonly socket: string;
  readonly executable: string;
}

/** Settings of a Kong that has no database and writes to its prefix alone, before all others. */
export function ownSettings(settings: readonly Setting[], { prefix }: ContainerPaths): Setting[] {
  return [
    ["database", "off"],
    ["prefix", prefix],
    ["status_listen", `0.0.0.0:${STATUS_PORT}`],
    ...settings,
  ];
}

/** Folders that something is written to: Kong's prefix, temporary files, and the socket. */
export function writableFolders({ prefix, socket }: ContainerPaths): string[] {
  const folder = dirname(socket);
  const isInside = folder === prefix || folder.startsWith(`${prefix.replace(/\/$/, "")}/`);
  return isInside ? [prefix, "/tmp"] : [prefix, "/tmp", folder];
}

/** What a probe runs: an answer of the plugin server, in Kong's own protocol. */
export function healthCommand({ executable, socket }: ContainerPaths): string[] {
  return [executable, "health", "--socket", socket];
}
