// What stands in for plugins that cannot be loaded: it refuses everything, and says why.
import { basename, extname } from "node:path";
import { type GibbonError, messageOf } from "../../base/errors.ts";
import type { ProxPlugin } from "./plugin.ts";
import { deny, rejectConn } from "./verdicts.ts";

/**
 * A plugin that answers requests with 500 and closes connections. Hosts let everything through while
 * a plugin has never been ready, so one that cannot be loaded must be ready nevertheless.
 *
 * @param path what could not be loaded
 * @param error why; the host is told once, as soon as it has bound a route
 */
export function refusingPlugin(path: string, error: GibbonError): ProxPlugin {
  let isTold = false;
  return {
    name: basename(path, extname(path)),
    file: path,
    onError: "fail",
    deadline: undefined,
    handlers: {
      onConfigure(_, prox) {
        if (isTold) return;
        isTold = true;
        prox.log.error(`everything is refused: ${messageOf(error)}`, {
          code: error.code,
          file: error.file,
          remedy: error.remedy,
        });
      },
      onRequest: () => deny(500, "Internal Server Error"),
      onConnect: () => rejectConn(),
    },
  };
}
