// The one table of options: what each is called, what it takes, and what it is when left out.
import * as v from "valibot";
import { type TemplateName, TEMPLATES } from "./editor/template_names.ts";
import { LIMIT_OPTIONS, LIMIT_VALUES, type LimitName } from "./limit_options.ts";
import { amount, count, logLevels, MIB, size, text } from "./option_values.ts";

/** An option as the command line shows it. */
export interface Option {
  /** How it is written: `--name <value>`, with a short form before it where there is one. */
  readonly flag: string;
  readonly help: string;
  /** Whether it may be given again, and its value is a list. */
  readonly many?: boolean;
  /** Whether it sets a bound: help lists those by themselves. */
  readonly isLimit?: boolean;
}

/** All options of all commands, by the name of their value. */
export const OPTIONS = {
  pluginsDirectory: {
    flag: "--plugins-directory <dir>",
    help: "Directory with the plugins",
  },
  kongPrefix: {
    flag: "--kong-prefix <dir>",
    help: "Kong's prefix, the directory of the socket (default: /usr/local/kong)",
  },
  sockName: {
    flag: "--sock-name <name>",
    help: "File name of the socket in Kong's prefix (default: gibbon.socket)",
  },
  socket: {
    flag: "--socket <path>",
    help: "Path of the socket, in place of --kong-prefix and --sock-name",
  },
  socketMode: {
    flag: "--socket-mode <octal>",
    help: "Permissions of the socket (default: 0600). Use 0660 with --socket-group if Kong " +
      "runs as another user",
  },
  socketGroup: {
    flag: "--socket-group <group>",
    help: "Group of the socket, by name or number",
  },
  allowSetPluginDir: {
    flag: "--allow-set-plugin-dir",
    help: "Let clients change the plugins directory (plugin.SetPluginDir)",
  },
  exitWithParent: {
    flag: "--exit-with-parent",
    help: "Stop when the process that started this one is gone; --no-exit-with-parent: live on " +
      "(default: stop if that was nginx, which is Kong)",
  },
  watch: {
    flag: "--watch",
    help: "Load plugins again when their files change. New instances get the new code",
  },
  workers: {
    flag: "--workers <number>",
    help: "How many worker processes: a number, or auto for one on two processor cores. 0 serves " +
      "without a supervisor (default: 1)",
  },
  workerTimeout: {
    flag: "--worker-timeout <seconds>",
    help: "How long a worker process may be blocked before it is replaced (default: 10)",
  },
  grace: {
    flag: "--grace <seconds>",
    help: "How long what is under way may take after SIGTERM (default: 10)",
  },
  deadline: {
    flag: "--deadline <seconds>",
    help: "How long an event may take if its plugin sets no deadline (default: 50)",
  },
  idleInstance: {
    flag: "--idle-instance <seconds>",
    help: "How long an instance without events is kept (default: 3600)",
  },
  logLevel: {
    flag: "--log-level <level>",
    help: "error, warn, info or debug (default: info). Plugins may have their own: " +
      "info,my-plugin=debug",
  },
  plugin: {
    flag: "--plugin <name>",
    help: "Print this plugin alone",
  },
  skipBroken: {
    flag: "--skip-broken",
    help: "Leave out what cannot be loaded. Kong then starts without it",
  },
  format: {
    flag: "--format <format>",
    help: "kong: what query_cmd has to print; list: the plugins alone; info: one plugin; " +
      "msgpack: one plugin as MessagePack (default: kong)",
  },
  protocol: {
    flag: "--protocol <protocol>",
    help: "The protocol for Kong to speak: ProtoBuf:1, or MsgPack:1 for Kong 2.3 " +
      "(default: ProtoBuf:1)",
  },
  descriptions: {
    flag: "--descriptions",
    help: "Keep the descriptions of fields. Kong takes them from 3.4 on, and refuses them before",
  },
  kongVersion: {
    flag: "--kong-version <version>",
    help: "Kong's version (default: 3.9)",
  },
  kongConf: {
    flag: "--kong-conf <file>",
    help: "Kong's configuration file. KONG_ variables of the environment override it",
  },
  kongUser: {
    flag: "--kong-user <user>",
    help: "User that Kong's workers run as (default: nginx_user of Kong's settings, if it is set)",
  },
  kongIs: {
    flag: "--kong-version <version>",
    help: "Kong's version. Without it, some checks are left out",
  },
  timeout: {
    flag: "--timeout <seconds>",
    help: "How long a server may take to answer (default: 3; for health: 1)",
  },
  configFormat: {
    flag: "--format <format>",
    help:
      "conf: lines for kong.conf; env: a file for docker run --env-file; docker: a Dockerfile; " +
      "helm: values for Kong's chart; configmap: the plugins for it; kubernetes: manifests with " +
      "the plugins; compose: a compose file; systemd: a unit for a server that Kong does not " +
      "start (default: conf)",
  },
  executable: {
    flag: "--executable <path>",
    help: "Path of gibbon where Kong runs (default: /usr/local/bin/gibbon)",
  },
  mountedAt: {
    flag: "--mounted-at <path>",
    help: "Path of the plugins where Kong runs (default: /plugins; for conf: the directory itself)",
  },
  image: {
    flag: "--image <image>",
    help: "Image with Kong and gibbon (default: kong-gibbon:VERSION). For docker: the image " +
      "to build on (default: kong:VERSION)",
  },
  volumeClaim: {
    flag: "--volume-claim <name>",
    help: "PersistentVolumeClaim that has the plugins, in place of a ConfigMap",
  },
  inImage: {
    flag: "--in-image",
    help: "The image has the plugins, as one that --format docker makes: nothing is mounted",
  },
  json: {
    flag: "--json",
    help: "Print JSON for programs",
  },
  types: {
    flag: "--types",
    help: "Also check the types, with the TypeScript that is installed beside the plugins",
  },
  strict: {
    flag: "--strict",
    help: "Warnings and skipped modules count as problems",
  },
  template: {
    flag: "--template <name>",
    help: "What the plugin does: auth, transform, rate-limit, log or stream (default: auth)",
  },
  inspect: {
    flag: "--inspect",
    help: "Let a debugger attach, as to Node.js. Nothing runs out of time meanwhile",
  },
  inspectBrk: {
    flag: "--inspect-brk",
    help: "The same, and wait for the debugger before plugins are loaded",
  },
  inspectAddress: {
    flag: "--inspect-address <address>",
    help: "Port, or HOST:PORT, for the debugger (default: 127.0.0.1:9229)",
  },
  output: {
    flag: "-o, --output <dir>",
    help: "Directory that the bundles go to. It is made if it is not there",
  },
  minify: {
    flag: "--minify",
    help: "Make the bundles shorter; stacks still name the sources",
  },
  upstream: {
    flag: "--upstream <url>",
    help: "URL of the service that requests go to (default: an echo that is built in)",
  },
  kongConfig: {
    flag: "--kong-config <file>",
    help:
      "Kong's declarative configuration (kong.yml): services, routes, consumers, upstreams and " +
      "plugins; in dev in place of one service for everything",
  },
  prox: {
    flag: "--prox <plugin>",
    help: "Also run a plugin of prox: a file, a folder or an executable. May be given again",
    many: true,
  },
  host: {
    flag: "--host <address>",
    help: "Address to listen on (default: 127.0.0.1)",
  },
  port: {
    flag: "--port <number>",
    help: "Port to listen on (default: 8000)",
  },
  maxBody: {
    flag: "--max-body <size>",
    help: "Longest body of a request, and of a response that a plugin holds back (default: 8MiB)",
  },
  httpsPort: {
    flag: "--https-port <number>",
    help: "Port for HTTPS and HTTP/2 (default: 8443; 0 for any that is free)",
  },
  https: {
    flag: "--no-https",
    help: "Serve HTTP alone",
  },
  inspectorPort: {
    flag: "--inspector-port <number>",
    help: "Port of the page that shows requests (default: 8001; 0 for any that is free)",
  },
  inspector: {
    flag: "--no-inspector",
    help: "Leave that page out",
  },
  allowHost: {
    flag: "--allow-host <name>",
    help: "Also serve requests whose Host is this name. May be given again (default: the names " +
      "of this machine, and all addresses)",
    many: true,
  },
  listen: {
    flag: "--listen <address>",
    help: "Address for plugins: HOST:PORT, or the path of a Unix socket, with a slash in it " +
      "(default: 127.0.0.1:7070)",
  },
  http: {
    flag: "--http <address>",
    help: "HOST:PORT of the HTTP API. Where other machines reach it, it takes --http-token-file " +
      "(default: no HTTP API)",
  },
  httpTokenFile: {
    flag: "--http-token-file <file>",
    help: "File with the token that requests to the HTTP API have to show",
  },
  hub: {
    flag: "--hub <address>",
    help: "Address of the hub: HOST:PORT, or the path of a Unix socket, with a slash in it",
  },
  reconnect: {
    flag: "--reconnect",
    help: "Connect again when the hub is not there or refuses the plugin, after growing pauses",
  },
  rename: {
    flag: "--rename",
    help: "Take in a plugin whose name is taken, as NAME-2, NAME-3, ... (default: refuse it)",
  },
  tlsCert: {
    flag: "--tls-cert <file>",
    help: "Certificate to show to the other side, in PEM",
  },
  tlsKey: {
    flag: "--tls-key <file>",
    help: "Key of the certificate, in PEM",
  },
  tlsCa: {
    flag: "--tls-ca <file>",
    help: "Certificate, in PEM, of the authority that signed the other side's certificate",
  },
  nats: {
    flag: "--nats <urls>",
    help:
      "Join other hubs through NATS: nats://HOST:PORT or tls://HOST:PORT, with commas between " +
      "several servers. The variable GIBBON_NATS hides what stands in it (default: a hub by itself)",
  },
  natsName: {
    flag: "--nats-name <name>",
    help:
      "What other hubs call this one; characters by chance follow (default: the machine's name)",
  },
  natsPrefix: {
    flag: "--nats-prefix <subject>",
    help: "Begin of the subjects: hubs with another one are not joined (default: gibbon.hub)",
  },
  natsUser: {
    flag: "--nats-user <name>",
    help: "User at NATS, with --nats-password-file",
  },
  natsPasswordFile: {
    flag: "--nats-password-file <file>",
    help: "File with the user's password",
  },
  natsTokenFile: {
    flag: "--nats-token-file <file>",
    help: "File with the token that NATS asks for",
  },
  natsCreds: {
    flag: "--nats-creds <file>",
    help: "Credentials file of NATS: a JWT with its seed",
  },
  natsTlsCa: {
    flag: "--nats-tls-ca <file>",
    help: "Certificate, in PEM, of the authority that signed NATS' own",
  },
  natsTlsCert: {
    flag: "--nats-tls-cert <file>",
    help: "Certificate to show to NATS, in PEM",
  },
  natsTlsKey: {
    flag: "--nats-tls-key <file>",
    help: "Key of that certificate, in PEM",
  },
  testWatch: {
    flag: "--watch",
    help: "Run the tests again when their files change, or what these import",
  },
  testName: {
    flag: "--name <text>",
    help: "Run only tests whose names have this text",
  },
  logFormat: {
    flag: "--log-format <format>",
    help: "text, or json for one object a line; what plugins print becomes entries, too " +
      "(default: text, and what plugins print as it is)",
  },
  traces: {
    flag: "--traces <url>",
    help: "Send a span for each event to a collector that takes OTLP over HTTP, such as " +
      "http://127.0.0.1:4318 (default: no traces)",
  },
  metrics: {
    flag: "--metrics <address>",
    help: "Serve numbers for Prometheus, /livez and /readyz on HOST:PORT or unix:PATH " +
      "(default: no metrics). For top: where they are served",
  },
  ...LIMIT_OPTIONS,
} as const satisfies Record<string, Option>;

/** The name of an option's value. */
export type OptionName = keyof typeof OPTIONS;

/** The options of `gibbon serve`. */
export const SERVE_OPTIONS: readonly OptionName[] = [
  "pluginsDirectory",
  "kongPrefix",
  "sockName",
  "socket",
  "socketMode",
  "socketGroup",
  "allowSetPluginDir",
  "exitWithParent",
  "watch",
  "workers",
  "workerTimeout",
  "grace",
  "deadline",
  "idleInstance",
  "inspect",
  "inspectBrk",
  "inspectAddress",
  "logLevel",
  "logFormat",
  "metrics",
  "traces",
  ...Object.keys(LIMIT_OPTIONS) as LimitName[],
];

const version = v.pipe(text, v.regex(/^\d+\.\d+(?:\.\d+)*$/, "must be a version, such as 3.9"));

/** What the values have to be. A setTimeout takes 2^31 - 1 ms, a little below 24 days, at most. */
export const MAX_SECONDS = 2_000_000;

export const OPTION_VALUES = {
  pluginsDirectory: text,
  kongPrefix: text,
  sockName: v.pipe(text, v.regex(/^[^/]+$/, "must be a file name, without a slash")),
  socket: text,
  socketMode: v.pipe(
    text,
    v.regex(/^0?o?[0-7]{3}$/, "must be three octal digits, such as 0660"),
    v.transform((digits) => parseInt(digits.slice(-3), 8)),
  ),
  socketGroup: text,
  allowSetPluginDir: v.boolean(),
  exitWithParent: v.boolean(),
  watch: v.boolean(),
  workers: v.union(
    [v.literal("auto"), count(0, 256)],
    "must be a whole number from 0 to 256, or auto",
  ),
  workerTimeout: amount(0.1, MAX_SECONDS),
  grace: amount(0, MAX_SECONDS),
  deadline: amount(0.001, MAX_SECONDS),
  idleInstance: amount(1, MAX_SECONDS),
  logLevel: logLevels,
  plugin: text,
  skipBroken: v.boolean(),
  format: v.picklist(["kong", "list", "info", "msgpack"], "must be kong, list, info or msgpack"),
  protocol: v.picklist(["ProtoBuf:1", "MsgPack:1"], "must be ProtoBuf:1 or MsgPack:1"),
  descriptions: v.boolean(),
  kongVersion: version,
  kongConf: text,
  kongUser: text,
  kongIs: v.pipe(
    version,
    v.transform((version): readonly [number, number] => {
      const [major, minor] = version.split(".").map(Number);
      return [major!, minor!];
    }),
  ),
  timeout: amount(0.01, 600),
  configFormat: v.picklist(
    ["conf", "env", "docker", "helm", "configmap", "kubernetes", "compose", "systemd"],
    "must be conf, env, docker, helm, configmap, kubernetes, compose or systemd",
  ),
  executable: text,
  mountedAt: v.pipe(text, v.startsWith("/", "must be an absolute path")),
  image: text,
  volumeClaim: text,
  inImage: v.boolean(),
  json: v.boolean(),
  types: v.boolean(),
  strict: v.boolean(),
  template: v.picklist(
    Object.keys(TEMPLATES) as TemplateName[],
    "must be auth, transform, rate-limit, log or stream",
  ),
  inspect: v.boolean(),
  inspectBrk: v.boolean(),
  inspectAddress: text,
  output: text,
  minify: v.boolean(),
  upstream: v.pipe(text, v.url("must be a URL")),
  kongConfig: text,
  prox: v.array(text),
  host: text,
  port: count(0, 65_535),
  maxBody: size(0, 1024 * MIB),
  httpsPort: count(0, 65_535),
  https: v.boolean(),
  inspectorPort: count(0, 65_535),
  inspector: v.boolean(),
  listen: text,
  http: text,
  httpTokenFile: text,
  hub: text,
  reconnect: v.boolean(),
  rename: v.boolean(),
  tlsCert: text,
  tlsKey: text,
  tlsCa: text,
  nats: text,
  natsName: text,
  natsPrefix: text,
  natsUser: text,
  natsPasswordFile: text,
  natsTokenFile: text,
  natsCreds: text,
  natsTlsCa: text,
  natsTlsCert: text,
  natsTlsKey: text,
  allowHost: v.array(text),
  testWatch: v.boolean(),
  testName: text,
  logFormat: v.picklist(["text", "json"], "must be text or json"),
  metrics: text,
  traces: v.pipe(
    text,
    v.url("must be a URL"),
    v.regex(/^https?:/i, "must begin with http:// or https://"),
  ),
  ...LIMIT_VALUES,
} as const satisfies Record<OptionName, v.GenericSchema>;

/** Values of options: those that were given. */
export type OptionValues = {
  readonly [Name in OptionName]?: v.InferOutput<(typeof OPTION_VALUES)[Name]>;
};
