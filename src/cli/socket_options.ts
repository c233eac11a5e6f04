// Where the socket goes and whose it is, from the options that say so.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GibbonError } from "../base/errors.ts";
import type { SocketFileOptions } from "../base/socket_file.ts";
import type { OptionValues } from "./option_table.ts";
import { DEFAULT_NAME, DEFAULT_PREFIX } from "../kong/server/socket_defaults.ts";

/** The path of the socket. */
export function socketPath(options: OptionValues): string {
  if (options.socket !== undefined) return options.socket;
  return join(options.kongPrefix ?? DEFAULT_PREFIX, options.sockName ?? DEFAULT_NAME);
}

/**
 * Permissions of the socket.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function socketOptions(options: OptionValues): SocketFileOptions {
  return {
    ...(options.socketMode === undefined ? {} : { mode: options.socketMode }),
    ...(options.socketGroup === undefined ? {} : { group: findGroup(options.socketGroup) }),
  };
}

/**
 * The numeric id of a group.
 *
 * @param group a name of /etc/group, or the number itself
 * @throws {GibbonError} OPTION_INVALID
 */
export function findGroup(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  for (const line of readGroups().split("\n")) {
    const [name, , id] = line.split(":");
    if (name === group) return Number(id);
  }
  throw new GibbonError("OPTION_INVALID", `--socket-group: there is no group ${group}`, {
    remedy: "Give a name that /etc/group has, or the group's number.",
  });
}

function readGroups(): string {
  try {
    return readFileSync("/etc/group", "utf8");
  } catch {
    return "";
  }
}
