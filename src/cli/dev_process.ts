// The process of gibbon dev: the plugins of a directory on real HTTP requests, without Kong.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { GibbonError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { DEV_CONFIG_FILE } from "../dev/config.ts";
import { type Gateway, startGateway } from "../dev/gateway.ts";
import { Inspector } from "../dev/inspector/inspector.ts";
import { builtFile } from "./built_files.ts";
import { BUILT_PAGE, makePage, readBuiltPage } from "../dev/inspector/page_files.ts";
import { shownProblems } from "../dev/inspector/shown_problems.ts";
import { Recorder } from "../dev/inspector/recorder.ts";
import { RequestStore, type StoreLimits } from "../dev/inspector/store.ts";
import { LastRun } from "../dev/keeper/last_run.ts";
import { BEAT_MS, type DevPorts, type StateWriter } from "../dev/keeper/state.ts";
import { WatchedServer } from "../dev/own_server.ts";
import { ProxFiles } from "../dev/prox/files.ts";
import { type DevSettings, readSettings, SettingsReload } from "../dev/settings.ts";
import { type OwnCertificate, ownCertificate } from "../dev/tls/own_certificate.ts";
import { PluginRegistry } from "../kong/engine/registry.ts";
import { type RunningServer, startServer } from "../kong/server/plugin_server.ts";
import { catchUncaught } from "../kong/server/uncaught.ts";
import { type Watcher, watchFile, watchPackages } from "../modules/watch.ts";
import type { CommandContext } from "./context.ts";
import { allowDebugger, debugged } from "./debugger.ts";
import { type DevPlace, devPlace } from "./dev_place.ts";
import { type DevReporter, devReporter } from "./dev_reporter.ts";
import { serverOptions } from "./serve_options.ts";

/** Where HTTPS is served, as Kong does. */
const HTTPS_PORT = 8443;

/** Where the inspector listens. */
const INSPECTOR_PORT = 8001;

/** What is remembered of requests where no page shows them: enough to say why one has failed. */
const UNSEEN: StoreLimits = { requests: 1, bytes: 1024 * 1024 };

/** How the work is done. */
export interface DevWork {
  /** Settles when it is to end. */
  readonly reason: Promise<unknown>;
  /** For its socket; one of its own if it is left out. */
  readonly folder?: string;
  /** Tells the process that keeps this one what it does. */
  readonly state?: StateWriter;
}

/**
 * Runs the gateway and its plugin server. They talk over a real socket, in a folder that only this user
 * can enter.
 *
 * @throws {GibbonError} if one of them cannot start
 */
export async function runDev(context: CommandContext, work: DevWork): Promise<void> {
  const { state, reason } = work;
  state?.beat();
  if (state) setInterval(() => state.beat(), BEAT_MS);
  const folder = work.folder ?? await mkdtemp(join(tmpdir(), "gibbon-dev-"));
  // Also after a second signal, which ends the process at once.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const parts = await startParts(context, folder, state);
  const { server, inspector } = parts;
  const watchers: Watcher[] = [];
  try {
    const refresh = async () => void await Promise.all(watchers.map((watcher) => watcher.look()));
    const gateway = await openGateway(context, parts, refresh, state?.ports);
    watchers.push(...await watchAll(context, parts, gateway));
    const failure = await inspector?.listen(gateway.url);
    await begin(context, parts, gateway, failure, state);
    await Promise.race([reason, ...state ? [renewal(parts, state, watchers)] : []]);
    watchers.forEach((watcher) => watcher.close());
    await gateway.close();
  } finally {
    await inspector?.close();
    await server.stop("the gateway is closed");
  }
}

/** What the gateway is put together from. */
interface Parts {
  readonly place: DevPlace;
  readonly server: RunningServer;
  readonly own: WatchedServer;
  readonly prox: ProxFiles;
  readonly read: () => DevSettings;
  readonly settings: DevSettings;
  readonly reporter: DevReporter;
  readonly recorder: Recorder;
  readonly inspector: Inspector | undefined;
  /** Undefined without HTTPS. */
  readonly certificate: OwnCertificate | undefined;
}

/** Reads what there is to read, and starts the plugin server. */
async function startParts(
  context: CommandContext,
  folder: string,
  state: StateWriter | undefined,
): Promise<Parts> {
  const { runtime, options } = context;
  const registry = new PluginRegistry();
  const fileOf = (name: string) => {
    const found = registry.list().find(({ plugin }) => plugin.name === name)?.plugin;
    return found?.realFile ?? found?.file;
  };
  const reporter = devReporter(context, fileOf);
  const { log } = reporter;
  allowDebugger(runtime, options, log);
  const place = devPlace(context.directory);
  const read = settingsReader(context, place);
  const settings = read();
  const { unused } = settings;
  if (unused.length > 0) {
    const parts = unused.join(" and ");
    log.warn(
      `what ${DEV_CONFIG_FILE} says of ${parts} does not count: ${options.kongConfig} says it`,
    );
  }
  const prox = await ProxFiles.find(options.prox ?? [], { command: runtime.ownCommand, folder });
  catchUncaught(runtime, log, registry);
  const own = new WatchedServer(registry);
  const inspector = createInspector(context, registry, log, state?.ports?.inspector);
  const recorder = inspector?.recorder ?? new Recorder(new RequestStore(UNSEEN), () => {});
  const lastRun = state && new LastRun(state, fileOf);
  const server = await startServer(
    runtime,
    serverOptions({
      ...debugged(options),
      pluginsDirectory: place.directory,
      socket: join(folder, "gibbon.socket"),
      grace: 2,
    }),
    // Whoever develops a plugin started no server, and is not told of one.
    { ...log, info: log.debug },
    registry,
    {
      startFailed: own.startFailed,
      observer: recorder,
      ...(lastRun ? { recorder: lastRun, imports: lastRun, starting: lastRun.starting } : {}),
    },
    place.only,
  );
  const certificate = options.https === false ? undefined : ownCertificate(process.env);
  return { place, server, own, prox, read, settings, reporter, recorder, inspector, certificate };
}

/** @throws {GibbonError} OPTION_INVALID for options that go not together */
function settingsReader({ options }: CommandContext, { directory }: DevPlace): () => DevSettings {
  const { kongConfig, upstream } = options;
  if (kongConfig !== undefined && upstream !== undefined) {
    throw new GibbonError("OPTION_INVALID", "--upstream and --kong-config go not together", {
      remedy: "Leave --upstream out: the services of --kong-config say where requests go.",
    });
  }
  return () => readSettings(directory, kongConfig);
}

/** The plugins that are loaded. */
function pluginNames({ registry }: RunningServer): string[] {
  return registry.list().map(({ plugin }) => plugin.name);
}

/** The inspector, if it is wanted. */
function createInspector(
  { runtime, options }: CommandContext,
  registry: PluginRegistry,
  log: Logger,
  port = options.inspectorPort ?? INSPECTOR_PORT,
): Inspector | undefined {
  if (options.inspector === false) return undefined;
  const files = async () => {
    const built = await builtFile(runtime, BUILT_PAGE);
    return built === undefined ? await makePage() : readBuiltPage(built);
  };
  return new Inspector({ port, registry, files, log });
}

/**
 * @param refresh puts edits into effect that nobody has noticed yet
 * @param usual the ports to listen on, where another process did before
 */
async function openGateway(
  { runtime, options }: CommandContext,
  { server, own, prox, settings, reporter, recorder, certificate }: Parts,
  refresh: () => Promise<void>,
  usual: DevPorts | undefined,
): Promise<Gateway> {
  const { host, upstream, protocol, allowHost: allowHosts = [] } = options;
  const port = usual?.gateway ?? options.port;
  const securePort = usual?.https ?? options.httpsPort ?? HTTPS_PORT;
  const { log, request } = reporter;
  return await startGateway({
    runtime,
    socketPath: server.path,
    ownServer: own,
    plugins: pluginNames(server),
    problems: server.problems,
    refresh,
    observer: recorder,
    ...(certificate ? { secure: { ...certificate, port: securePort } } : {}),
    prox: { plugins: await prox.renew(), log },
    log,
    report: request,
    config: settings.config,
    kong: settings.kong,
    env: process.env,
    allowHosts,
    ...(protocol === undefined ? {} : { protocol }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(options.maxBody === undefined ? {} : { bodyBytes: options.maxBody }),
    ...(upstream === undefined ? {} : { upstream }),
  });
}

/** Settles when packages have come or gone: no runtime finds them in a process that has looked before. */
async function renewal(
  { place, reporter }: Parts,
  state: StateWriter,
  watchers: Watcher[],
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = await watchPackages(place.directory, resolve);
  // Not among those that a request looks at: an installation takes its time.
  watchers.push({ look: () => Promise.resolve(), close: () => watcher.close() });
  await promise;
  reporter.log.info("packages have changed: the plugins are loaded in a new process");
  state.write({ renew: true });
}

/** Watches all that can be edited. */
async function watchAll(
  { options: { kongConfig } }: CommandContext,
  { server, prox, read, settings, reporter, inspector }: Parts,
  gateway: Gateway,
): Promise<Watcher[]> {
  const settingsReload = new SettingsReload(read, settings, gateway, reporter.log);
  const show = () => {
    const { problems } = server;
    inspector?.showProblems(shownProblems(problems, pluginNames(server), settingsReload.problem));
  };
  const reload = async (names: readonly string[]) => {
    await settingsReload.run(names, server.problems);
    show();
  };
  show();
  return await Promise.all([
    server.watch(reload),
    ...kongConfig === undefined ? [] : [watchFile(kongConfig, () => reload(pluginNames(server)))],
    prox.watch(async () => gateway.reloadProx(await prox.renew())),
  ]);
}

/** Says what there is. A process that takes another one's place says nothing: all is as it was. */
async function begin(
  { options }: CommandContext,
  { place, prox, settings, reporter, inspector, ...parts }: Parts,
  gateway: Gateway,
  failure: string | undefined,
  state: StateWriter | undefined,
): Promise<void> {
  const isFirst = state?.ports === undefined;
  const portOf = ({ url }: { readonly url: string }) => Number(new URL(url).port);
  const shown = failure === undefined ? inspector : undefined;
  const { secure } = gateway;
  const ports = {
    gateway: portOf(gateway),
    ...(secure && "url" in secure ? { https: portOf(secure) } : {}),
    ...(shown ? { inspector: portOf(shown) } : {}),
  };
  state?.write({ ready: true, ports });
  if (!isFirst) return;
  const { kongConfig, upstream } = options;
  const service = kongConfig === undefined
    ? upstream ?? settings.config.upstream ?? "an echo"
    : `the services of ${kongConfig}`;
  const certificate = parts.certificate?.file;
  await reporter.welcome({
    ...{ gateway, directory: place.directory, around: prox.names, service, certificate },
    inspector: failure === undefined ? inspector : { reason: failure },
  });
}
