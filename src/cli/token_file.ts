// A token out of the file that an option names: secrets do not stand on command lines, which others see.
import { statSync } from "node:fs";
import { GibbonError, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { readRegular } from "../base/regular_file.ts";

/** Longest file, in bytes. */
const FILE_BYTES = 4096;
/** Shortest token, in characters: one that nobody guesses. */
const SHORTEST = 16;

/**
 * Reads a token; white space around it does not belong to it.
 *
 * @param flag the option
 * @param log is told where others can read the file
 * @throws {GibbonError} OPTION_INVALID
 */
export function readTokenFile(flag: string, file: string, log: Logger): string {
  const token = readText(flag, file).trim();
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < SHORTEST) {
    throw new GibbonError(
      "OPTION_INVALID",
      `${flag}: ${file} has no token of ${SHORTEST} characters`,
      {
        remedy: `Make one: openssl rand -hex 32 > ${file}`,
      },
    );
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    log.warn("others than its owner have rights on the file with the token", {
      file,
      remedy: `chmod 600 ${file}`,
    });
  }
  return token;
}

function readText(flag: string, file: string): string {
  try {
    return readRegular(file, FILE_BYTES).toString();
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `${flag}: ${messageOf(error)}`, {
      remedy: "Name a file that this user can read, with nothing but the token in it.",
      cause: error,
    });
  }
}
