// gibbon dev: the plugins of a directory on real HTTP requests, without Kong.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { GibbonError } from "../base/errors.ts";
import { createLogger, type Logger } from "../base/log.ts";
import { type Gateway, startGateway } from "../dev/gateway.ts";
import { DEV_CONFIG_FILE } from "../dev/config.ts";
import { Inspector } from "../dev/inspector/inspector.ts";
import { BUILT_PAGE, makePage, readBuiltPage } from "../dev/inspector/page_files.ts";
import { WatchedServer } from "../dev/own_server.ts";
import { ProxFiles } from "../dev/prox/files.ts";
import { type DevSettings, readSettings, SettingsReload } from "../dev/settings.ts";
import { type Watcher, watchFile } from "../modules/watch.ts";
import type { CommandContext } from "./context.ts";
import { welcomeText } from "./dev_welcome.ts";
import { stopReason } from "./lifecycle.ts";
import { PluginRegistry } from "../kong/engine/registry.ts";
import { type RunningServer, startServer } from "../kong/server/plugin_server.ts";
import { serverOptions } from "./serve_options.ts";
import { catchUncaught } from "../kong/server/uncaught.ts";

/** Where the inspector listens. */
const INSPECTOR_PORT = 8001;

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
  const { kongConfig } = options;
  if (kongConfig !== undefined && options.upstream !== undefined) {
    throw new GibbonError("OPTION_INVALID", "--upstream and --kong-config go not together", {
      remedy: "Leave --upstream out: the services of --kong-config say where requests go.",
    });
  }
  const read = () => readSettings(directory, kongConfig);
  const settings = read();
  if (settings.unused.length > 0) {
    const parts = settings.unused.join(" and ");
    log.warn(`what ${DEV_CONFIG_FILE} says of ${parts} does not count: ${kongConfig} says it`);
  }
  const prox = await ProxFiles.find(options.prox ?? [], { command: runtime.ownCommand, folder });
  const socket = join(folder, "gibbon.socket");
  const serve = { ...options, pluginsDirectory: directory, socket, grace: 2 };
  const registry = new PluginRegistry();
  catchUncaught(runtime, log, registry);
  const own = new WatchedServer(registry);
  const inspector = createInspector(context, registry, log);
  const { startFailed } = own;
  const watching = inspector ? { startFailed, observer: inspector.recorder } : { startFailed };
  const server = await startServer(runtime, serverOptions(serve), log, registry, watching);
  try {
    const watchers: Watcher[] = [];
    const refresh = async () => void await Promise.all(watchers.map((watcher) => watcher.look()));
    const gateway = await open(
      { server, own, prox, settings, log, refresh, inspector },
      context,
    );
    const reload = new SettingsReload(read, settings, gateway, log);
    watchers.push(
      ...await Promise.all([
        server.watch((names) => reload.run(names, server.problems)),
        ...kongConfig === undefined
          ? []
          : [watchFile(kongConfig, () => reload.run(pluginNames(server), server.problems))],
        prox.watch(async () => gateway.reloadProx(await prox.renew())),
      ]),
    );
    // Last, so that an edit made upon it is noticed.
    const service = kongConfig === undefined
      ? options.upstream ?? settings.config.upstream ?? "an echo"
      : `the services of ${kongConfig}`;
    const failure = await inspector?.listen(gateway.url);
    const text = welcomeText({
      ...{ gateway, directory, around: prox.names, service },
      inspector: failure === undefined ? inspector : { reason: failure },
    });
    await context.output.data(text);
    await reason;
    watchers.forEach((watcher) => watcher.close());
    await gateway.close();
  } finally {
    await inspector?.close();
    await server.stop("the gateway is closed");
  }
}

/** The plugins that are loaded. */
function pluginNames({ registry }: RunningServer): string[] {
  return registry.list().map(({ plugin }) => plugin.name);
}

/** What the gateway is put together from. */
interface Parts {
  readonly server: RunningServer;
  readonly own: WatchedServer;
  readonly prox: ProxFiles;
  readonly settings: DevSettings;
  readonly log: Logger;
  /** Puts edits into effect that nobody has noticed yet. */
  readonly refresh: () => Promise<void>;
  readonly inspector: Inspector | undefined;
}

/** The inspector, if it is wanted. */
function createInspector(
  { runtime, options }: CommandContext,
  registry: PluginRegistry,
  log: Logger,
): Inspector | undefined {
  if (options.inspector === false) return undefined;
  const files = async () => {
    const built = await runtime.embedded?.(BUILT_PAGE);
    return built === undefined ? await makePage() : readBuiltPage(built);
  };
  return new Inspector({ port: options.inspectorPort ?? INSPECTOR_PORT, registry, files, log });
}

async function open(
  { server, own, prox, settings, log, refresh, inspector }: Parts,
  { runtime, options, output }: CommandContext,
): Promise<Gateway> {
  const { host, port, upstream, protocol, allowHost: allowHosts = [] } = options;
  return await startGateway({
    runtime,
    socketPath: server.path,
    ownServer: own,
    plugins: pluginNames(server),
    problems: server.problems,
    refresh,
    ...(inspector ? { observer: inspector.recorder } : {}),
    prox: {
      plugins: await prox.renew(),
      // What they print comes as information.
      log: createLogger(output.note, options.logLevel ?? "info"),
    },
    log,
    print: (line) => void output.data(`${line}\n`),
    config: settings.config,
    kong: settings.kong,
    color: output.colour,
    env: process.env,
    allowHosts,
    ...(protocol === undefined ? {} : { protocol }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(upstream === undefined ? {} : { upstream }),
  });
}
