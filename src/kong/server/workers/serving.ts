// A worker process with its plugins loaded: the same server as without workers, but for its socket.
import { basename } from "node:path";
import { countingIds, randomId, sharedIds } from "../../engine/ids.ts";
import { createLogger, type Logger } from "../../../base/log.ts";
import type { Printed } from "../printed.ts";
import { serverLog } from "../../../base/repeats.ts";
import type { KongEndpoint } from "../../protocol/endpoint.ts";
import type { MetricFamily } from "../../../telemetry/metrics/family.ts";
import type { Runtime } from "../../../runtime/contract.ts";
import { PluginRegistry } from "../../engine/registry.ts";
import { ServerMetrics } from "../metrics/server_metrics.ts";
import { watchEvents } from "../watched_events.ts";
import { logForm, printing } from "../printed.ts";
import { patrol } from "../patrol.ts";
import { traceEvents } from "../traces/tracing.ts";
import { catchUncaught } from "../uncaught.ts";
import { createEndpoint, createServer, type Unconnected } from "../plugin_server.ts";
import { OtherServers } from "../handover/other_servers.ts";
import { OwnLineage } from "../handover/own_lineage.ts";
import type { ServerOptions } from "../options.ts";
import type { Channel } from "./channel.ts";
import { WorkerCluster } from "./cluster.ts";
import { heart } from "./heart.ts";
import { ImportReport } from "./import_report.ts";
import type { Succession, ToSupervisor, ToWorker, Welcome } from "./messages.ts";
import { Refusals } from "./refusals.ts";
import { RunningWriter } from "./running/writer.ts";

/** Where a worker writes. */
export interface WorkerOutput {
  /** Bytes for the supervisor. Rejects when it is gone. */
  data(bytes: Uint8Array): Promise<void>;
  /** A line of the log. */
  note(line: string): void;
  /** Has what plugins print handed on in place of being written. */
  capture(printed: Printed): void;
}

/** A worker that has loaded its plugins. */
export interface Serving extends Unconnected {
  readonly running: RunningWriter | undefined;
  readonly refusals: Refusals;
  /** The server takes the place of another one. */
  succeed(succession: Succession): void;
  readonly endpoint: KongEndpoint;
  /** What it has counted so far. */
  numbers(): MetricFamily[];
  /** Sends the spans that are there, where events are traced. */
  closeTraces(): Promise<void>;
  /** The descriptor that all workers share. */
  readonly socket: number;
  readonly log: Logger;
  readonly options: ServerOptions;
}

/**
 * Loads the plugins, and begins to beat.
 *
 * @param output writes lines of the log, and hands what plugins print on
 * @throws {GibbonError} PLUGIN_DIRECTORY
 */
export async function beginServing(
  runtime: Runtime,
  { note, capture }: Pick<WorkerOutput, "note" | "capture">,
  channel: Channel<ToWorker, ToSupervisor>,
  welcome: Welcome,
): Promise<Serving> {
  const { slot, workers, options, serverPid, processId } = welcome;
  const form = logForm(options, workers > 1 ? slot : undefined);
  const log = serverLog(note, options.logLevel, options.limits.logLines, form);
  if (options.logFormat) capture(printing(createLogger(note, options.logLevel, form)));
  const running = openRecord(runtime, welcome.record);
  const lineage = OwnLineage.ofSupervisor(welcome.starter ?? undefined);
  const neighbours = new OtherServers({
    runtime,
    path: options.socket.path,
    replaced: async () => await channel.ask({ kind: "replaced" }) as boolean,
  });
  const refusals = new Refusals((suspect) => channel.tell({ kind: "refused", suspect }));
  refusals.set(welcome.quarantine);
  const registry = new PluginRegistry();
  const metrics = options.metrics ? new ServerMetrics(`worker-${slot}`) : undefined;
  catchUncaught(runtime, log, registry);
  const traced = await traceEvents(options.traces, log);
  const loaded = createServer(
    runtime,
    options,
    log,
    {
      serverPid,
      processId,
      cluster: new WorkerCluster(channel, slot, workers),
      // Instances are numbered by the supervisor.
      ids: { instances: countingIds(1), events: sharedIds(randomId(), slot, workers) },
      refusing: refusals,
      lineage,
      neighbours,
      ...(running && { recorder: running }),
      ...watchEvents(metrics?.events, traced),
    },
    registry,
    // One of them says what is wrong with the plugins.
    {
      log: slot === 0 ? log : createLogger(() => {}),
      watch: new ImportReport(channel, welcome.imports),
    },
  );
  patrol(
    loaded.server,
    log,
    (plugin, what) => channel.tell({ kind: "spoilt", plugin: plugin ?? null, what }),
  );
  const beat = () => channel.ask({ kind: "beat", events: loaded.server.events.begun });
  setInterval(heart(beat), welcome.beatMs);
  if (welcome.directory !== null) await loaded.source.load(welcome.directory);
  const endpoint = createEndpoint(loaded.server);
  const succeed = ({ older, takeovers, retiring }: Succession) => {
    lineage.takeovers = takeovers;
    lineage.older = older.map((path) => basename(path));
    neighbours.older = older;
    if (retiring) loaded.server.retire();
  };
  succeed(welcome.succession);
  // One of them tells how the plugins were loaded.
  const source = slot === 0 ? loaded.source : undefined;
  const numbers = () => metrics?.families({ server: loaded.server, endpoint, source }) ?? [];
  const closeTraces = () => traced?.close() ?? Promise.resolve();
  const { socket } = welcome;
  return {
    ...loaded,
    endpoint,
    socket,
    log,
    options,
    running,
    refusals,
    succeed,
    numbers,
    closeTraces,
  };
}

/** Undefined where nothing can be written down: who ran is not known there when a worker dies. */
function openRecord(runtime: Runtime, path: string | null): RunningWriter | undefined {
  try {
    return path === null ? undefined : new RunningWriter(runtime.openCells(path));
  } catch {
    return undefined;
  }
}
