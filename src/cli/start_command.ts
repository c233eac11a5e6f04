// A start_cmd as gibbon itself would read it: what it says of the server that it starts.
import { serveArguments } from "../kong/doctor/plugin_servers.ts";
import type { ServedBy } from "../kong/doctor/start_command.ts";
import { SERVE_OPTIONS } from "./option_table.ts";
import { parseCommand } from "./parsing.ts";
import { readOptions } from "./read_options.ts";
import { serverOptions } from "./serve_options.ts";

/**
 * Reads a start_cmd; undefined unless gibbon is what it starts, by its own name or in another's place.
 *
 * @throws {GibbonError} OPTION_INVALID if gibbon would refuse its options
 */
export function readStartCommand(command: string): ServedBy | undefined {
  const args = serveArguments(command);
  if (args === undefined) return undefined;
  const serve = { usage: "serve [directory]", help: "", options: SERVE_OPTIONS };
  const { paths: [path], parsed } = parseCommand(serve, args) ?? { paths: [], parsed: {} };
  const { socket, pluginsDirectory } = serverOptions(readOptions(parsed, SERVE_OPTIONS, args, {}));
  return { socket: socket.path, directory: pluginsDirectory ?? path, group: socket.file.group };
}
