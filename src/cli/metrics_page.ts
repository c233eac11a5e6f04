// The page for operators of a command that has --metrics.
import type { Logger } from "../base/log.ts";
import type { SocketFileOptions } from "../base/socket_file.ts";
import { parsePageAddress } from "../telemetry/http/address.ts";
import type { Observed } from "../telemetry/http/answers.ts";
import { PageServer } from "../telemetry/http/page_server.ts";
import type { CommandContext } from "./context.ts";

/**
 * Serves the page, if it was asked for.
 *
 * @param observed what it tells of
 * @param file permissions, where it is a Unix socket
 * @throws {GibbonError} OPTION_INVALID for what is no address
 */
export async function openPage(
  { runtime, options }: Pick<CommandContext, "runtime" | "options">,
  observed: Observed | undefined,
  log: Logger,
  file: SocketFileOptions = {},
): Promise<PageServer | undefined> {
  if (options.metrics === undefined || !observed) return undefined;
  const address = parsePageAddress(options.metrics);
  const server = new PageServer({ runtime, address, observed, log, file });
  await server.open();
  return server;
}
