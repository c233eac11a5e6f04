// gibbon hub: a hub that plugins connect to, with an HTTP API for those who call them.
import { serverLog } from "../base/repeats.ts";
import { type HubApi, startHubApi } from "../brpc/hub/http/api.ts";
import { NUMBERED_NAMES } from "../brpc/hub/names.ts";
import { Hub } from "../brpc/hub/hub.ts";
import type { CommandContext } from "./context.ts";
import { graceLimit, reportUncaught, stopReason } from "./lifecycle.ts";
import { readServerTls } from "./tls_options.ts";

/** Where plugins connect to unless --listen says otherwise. */
const DEFAULT_ADDRESS = "127.0.0.1:7070";

/**
 * Runs the hub until a signal.
 *
 * @throws {GibbonError} if it cannot listen
 */
export async function run({ runtime, options, output }: CommandContext): Promise<void> {
  const log = serverLog(output.note, options.logLevel);
  reportUncaught(runtime, log);
  const stopped = stopReason(false);
  const socket = new Hub({
    runtime,
    log,
    ...(options.rename && { keySequencer: NUMBERED_NAMES }),
    limits: graceLimit(options),
  });
  let api: HubApi | undefined;
  try {
    const address = options.listen ?? DEFAULT_ADDRESS;
    log.info("the hub listens", {
      address: await socket.serve(address, await readServerTls(options)),
    });
    if (options.http !== undefined) {
      api = await startHubApi({ socket, address: options.http, log });
      log.info("the HTTP API listens", { url: api.url });
    }
    log.info("the hub stops", { reason: await stopped });
  } finally {
    await socket.shutdown();
    await api?.close();
  }
}
