// How gibbon dev says what happens: to people, or with --json to programs.
import process from "node:process";
import type { Logger } from "../base/log.ts";
import { createJsonLog, jsonWriter, requestObject } from "../dev/terminal/json_lines.ts";
import { createPeopleLog } from "../dev/terminal/people_log.ts";
import { requestLine } from "../dev/terminal/request_line.ts";
import type { GatewayOptions } from "../dev/gateway_options.ts";
import type { CommandContext } from "./context.ts";
import { type Welcomed, welcomeObject, welcomeText } from "./dev_welcome.ts";

/** Says what happens. */
export interface DevReporter {
  readonly log: Logger;
  readonly request: GatewayOptions["report"];
  welcome(welcomed: Welcomed): Promise<void>;
}

/** @param fileOf the module of a plugin */
export function devReporter(
  { options, output }: Pick<CommandContext, "options" | "output">,
  fileOf?: (plugin: string) => string | undefined,
): DevReporter {
  const { logLevel = "info" } = options;
  const level = typeof logLevel === "string" ? logLevel : logLevel.level;
  if (options.json) {
    const write = jsonWriter((line) => void output.data(`${line}\n`));
    return {
      log: createJsonLog(write, level),
      request: (...what) => write(requestObject(...what)),
      welcome: (welcomed) => {
        write(welcomeObject(welcomed));
        return Promise.resolve();
      },
    };
  }
  const hasColours = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  return {
    log: createPeopleLog({ write: output.note, level, hasColours, ...(fileOf ? { fileOf } : {}) }),
    request: (exchange, status, milliseconds, note) => {
      const line = requestLine(exchange, status, milliseconds, output.colour, note);
      void output.data(`${line}\n`);
    },
    welcome: (welcomed) => output.data(welcomeText(welcomed)),
  };
}
