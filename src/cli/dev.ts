// gibbon dev: the plugins of a directory on real HTTP requests, without Kong.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createLogger, type Logger } from "../core/log.ts";
import { readDevConfig } from "../gateway/config.ts";
import { type Gateway, startGateway } from "../gateway/gateway.ts";
import type { CommandContext } from "./context.ts";
import { catchUncaught, stopReason } from "./lifecycle.ts";
import { type RunningServer, startServer } from "./plugin_server.ts";

/**
 * Runs the gateway and its plugin server until a signal. They talk over a real socket, in a folder
 * that only this user can enter.
 *
 * @throws {GibbonError} if one of them cannot start
 */
export async function run(context: CommandContext): Promise<void> {
  const log = createLogger(context.output.note, context.options.logLevel ?? "warn");
  const reason = stopReason(false);
  const folder = await mkdtemp(join(tmpdir(), "gibbon-dev-"));
  // Also after a second signal, which ends the process at once.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { runtime, directory = ".", options } = context;
  const config = await readDevConfig(directory);
  const server = await startServer(runtime, {
    ...options,
    pluginsDirectory: directory,
    socket: join(folder, "gibbon.socket"),
    grace: 2,
  }, log);
  catchUncaught(log, server.registry);
  try {
    const gateway = await open(server, config, context, log);
    const watcher = await server.watch(async (names) => {
      await gateway.reload(names, await readDevConfig(directory));
    });
    // Last, so that an edit made upon it is noticed.
    await welcome(gateway, directory, context);
    await reason;
    watcher.close();
    await gateway.close();
  } finally {
    await server.stop("the gateway is closed");
  }
}

function open(
  server: RunningServer,
  config: Awaited<ReturnType<typeof readDevConfig>>,
  { runtime, options, output }: CommandContext,
  log: Logger,
): Promise<Gateway> {
  const { host, port, upstream } = options;
  return startGateway({
    runtime,
    socketPath: server.path,
    plugins: server.registry.list().map(({ plugin }) => plugin.name),
    log,
    print: (line) => void output.data(`${line}\n`),
    config,
    color: output.colour,
    env: process.env,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(upstream === undefined ? {} : { upstream }),
  });
}

/** Says what runs where, and what to try. */
async function welcome(gateway: Gateway, directory: string, { output, options }: CommandContext) {
  const names = gateway.plugins.join(", ") || "none";
  const upstream = options.upstream ?? "an echo";
  await output.data(
    `gibbon dev: plugins of ${directory}: ${names}; requests go to ${upstream}\n` +
      `Try: curl -i ${gateway.url}/hello\n`,
  );
}
