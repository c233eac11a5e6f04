// The table of commands; the code of each is loaded when it is asked for.
import { WORKER_COMMAND } from "../kong/server/workers/messages.ts";
import type { RunCommand } from "./context.ts";
import { SERVE_OPTIONS } from "./option_table.ts";
import type { Parsable } from "./parsing.ts";

/** A command. */
export interface Command extends Parsable {
  /** Whether what it prints at its end is for programs, and loads plugins before: see own_stdout.ts. */
  readonly ownsStdout?: boolean;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

export const COMMANDS: readonly Command[] = [
  {
    usage: "serve",
    help: "Serve the plugins of a directory to Kong",
    options: SERVE_OPTIONS,
    load: () => import("./serve.ts"),
  },
  {
    usage: "dump",
    ownsStdout: true,
    help: "Print what Kong has to know of the plugins. Kong runs this as its query_cmd",
    options: [
      "pluginsDirectory",
      "plugin",
      "skipBroken",
      "format",
      "protocol",
      "descriptions",
      "logLevel",
      "maxPluginFile",
    ],
    load: () => import("./dump.ts"),
  },
  {
    usage: "check <directory>",
    ownsStdout: true,
    help: "Load all plugins of a directory, and say what is wrong with them",
    options: ["kongConfig", "protocol", "kongIs", "types", "strict", "json", "maxPluginFile"],
    load: () => import("./check.ts"),
  },
  {
    usage: "new <name>",
    help: "Make a directory with a plugin, its test and all that an author needs",
    options: ["template"],
    load: () => import("./new.ts"),
  },
  {
    usage: "types [directory]",
    help: "Write the types that an editor needs into a directory (default: .)",
    options: [],
    load: () => import("./types.ts"),
  },
  {
    usage: "bundle <directory>",
    help: "Write each plugin with its packages into one file (or the one of a file)",
    options: ["output", "minify", "json", "maxPluginFile"],
    load: () => import("./bundle.ts"),
  },
  {
    usage: "kong-config",
    ownsStdout: true,
    help: "Print Kong's settings for the plugins: kong.conf, environment, image or Kubernetes",
    options: [
      "pluginsDirectory",
      "kongVersion",
      "configFormat",
      "executable",
      "mountedAt",
      "socket",
      "kongPrefix",
      "sockName",
      "image",
      "volumeClaim",
      "logLevel",
      "maxPluginFile",
    ],
    load: () => import("./kong_config.ts"),
  },
  {
    usage: "doctor",
    help: "Check a server that runs and the settings of its Kong, and say what is wrong",
    options: [
      "socket",
      "kongPrefix",
      "sockName",
      "pluginsDirectory",
      "kongConf",
      "kongUser",
      "kongIs",
      "timeout",
      "json",
    ],
    load: () => import("./doctor.ts"),
  },
  {
    usage: "dev [directory]",
    help: "Run the plugins of a directory, or the one of a file, on HTTP requests, without Kong " +
      "(default directory: .)",
    options: [
      "prox",
      "upstream",
      "protocol",
      "kongConfig",
      "host",
      "port",
      "maxBody",
      "httpsPort",
      "https",
      "inspectorPort",
      "inspector",
      "allowHost",
      "deadline",
      "workerTimeout",
      "inspect",
      "inspectBrk",
      "inspectAddress",
      "json",
      "logLevel",
    ],
    load: () => import("./dev.ts"),
  },
  {
    usage: "test [...paths]",
    help: "Run the tests of the plugins in directories, or those of files (default: .)",
    options: ["testWatch", "testName"],
    load: () => import("./test.ts"),
  },
  {
    usage: "prox <plugin>",
    help: "Run a plugin of prox: a file, or a folder of files. prox starts this command",
    options: ["grace", "logLevel"],
    load: () => import("./prox.ts"),
  },
  {
    usage: "hub",
    help: "Run a hub of brpc. Plugins connect to it, and programs call them over HTTP",
    options: ["listen", "http", "rename", "tlsCert", "tlsKey", "tlsCa", "grace", "logLevel"],
    load: () => import("./hub.ts"),
  },
  {
    usage: "plug [directory]",
    help: "Connect the hub plugins of a directory to a hub of brpc (default directory: .)",
    options: ["hub", "reconnect", "tlsCert", "tlsKey", "tlsCa", "grace", "logLevel"],
    load: () => import("./plug.ts"),
  },
  {
    usage: "version",
    help: "Print the version",
    options: ["format"],
    load: () => import("./version.ts"),
  },
];

/** What the worker processes of `serve` run; nobody else has a use for it, so no help names it. */
export const WORKER: Command = {
  usage: WORKER_COMMAND,
  help: "Be a worker process of gibbon serve",
  options: [],
  load: () => import("./worker_process.ts"),
};
