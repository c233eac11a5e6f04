// What gibbon dev is started with: a directory of plugins, or the file of one.
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { attempt } from "../base/printable.ts";
import { GibbonError } from "../base/errors.ts";
import { isModuleName } from "../modules/names.ts";

/** Where the plugins are. */
export interface DevPlace {
  readonly directory: string;
  /** The one file that is loaded; all of the directory if it is undefined. */
  readonly only: string | undefined;
}

/**
 * Reads the argument.
 *
 * @throws {GibbonError} OPTION_INVALID for a file that is no module
 */
export function devPlace(path = "."): DevPlace {
  // What is not there at all is told when it is loaded.
  if (attempt(() => statSync(path).isFile()) !== true) return { directory: path, only: undefined };
  const only = basename(path);
  if (isModuleName(only)) return { directory: dirname(path), only };
  throw new GibbonError("OPTION_INVALID", `${path} is no module of TypeScript or JavaScript`, {
    remedy: "Name a plugin's file, such as hello.ts, or the directory that it is in.",
  });
}
