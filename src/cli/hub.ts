// gibbon hub: a hub that plugins connect to, with an HTTP API for those who call them.
import { serverLog } from "../base/repeats.ts";
import { type HubApi, startHubApi } from "../brpc/hub/http/api.ts";
import { NUMBERED_NAMES } from "../brpc/hub/names.ts";
import { Hub } from "../brpc/hub/hub.ts";
import { HubCounts } from "../brpc/hub/metrics.ts";
import { ProcessReport } from "../telemetry/metrics/process_report.ts";
import { openPage } from "./metrics_page.ts";
import type { CommandContext } from "./context.ts";
import { graceLimit, reportUncaught, stopReason } from "./lifecycle.ts";
import { readNatsOptions } from "./nats_options.ts";
import { socketOptions } from "./socket_options.ts";
import { readServerTls } from "./tls_options.ts";
import { readTokenFile } from "./token_file.ts";

/** Where plugins connect to unless --listen says otherwise. */
const DEFAULT_ADDRESS = "127.0.0.1:7070";

/**
 * Runs the hub until a signal.
 *
 * @throws {GibbonError} if it cannot listen
 */
export async function run({ runtime, options, output }: CommandContext): Promise<void> {
  const log = serverLog(output.note, options.logLevel, undefined, { format: options.logFormat });
  reportUncaught(runtime, log);
  const token = options.httpTokenFile === undefined
    ? undefined
    : readTokenFile("--http-token-file", options.httpTokenFile, log);
  const nats = await readNatsOptions(options, log);
  const stopped = stopReason(false);
  const counts = options.metrics === undefined ? undefined : new HubCounts();
  const socket = new Hub({
    runtime,
    counts,
    log,
    ...(options.rename && { keySequencer: NUMBERED_NAMES }),
    limits: graceLimit(options),
  });
  const report = counts && new ProcessReport("hub", () => counts.families(socket));
  const page = await openPage({ runtime, options }, report, log);
  let api: HubApi | undefined;
  try {
    // First: a hub that cannot join is to have no plugins.
    if (nats) await socket.join(nats);
    const address = options.listen ?? DEFAULT_ADDRESS;
    log.info("the hub listens", {
      address: await socket.serve(
        address,
        await readServerTls(options),
        socketOptions(options),
      ),
    });
    if (options.http !== undefined) {
      const { http: address } = options;
      api = await startHubApi({ socket, address, log, ...(token !== undefined && { token }) });
      log.info("the HTTP API listens", { url: api.url });
    }
    if (report) report.reasons = [];
    log.info("the hub stops", { reason: await stopped });
    if (report) report.reasons = ["it is stopping"];
  } finally {
    await socket.shutdown();
    await api?.close();
    await page?.close();
  }
}
