// The table of commands; the code of each is loaded when it is asked for.
import { WORKER_COMMAND } from "../kong/server/workers/messages.ts";
import type { RunCommand } from "./context.ts";
import { SERVE_OPTIONS } from "./option_table.ts";
import type { Helped } from "./help.ts";

/** A command. */
export interface Command extends Helped {
  /** Whether what it prints at its end is for programs, and loads plugins before: see own_stdout.ts. */
  readonly ownsStdout?: boolean;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

export const COMMANDS: readonly Command[] = [
  {
    usage: "serve [directory]",
    examples: [
      "gibbon serve plugins --kong-prefix /usr/local/kong",
      "gibbon serve plugins --socket /run/gibbon.socket --workers 2 --watch",
    ],
    help: "Serve the plugins of a directory to Kong",
    options: SERVE_OPTIONS,
    load: () => import("./serve.ts"),
  },
  {
    usage: "dump [directory]",
    examples: ["gibbon dump plugins", "gibbon dump plugins --plugin api-key --descriptions"],
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
    usage: "check [directory]",
    examples: ["gibbon check plugins --strict", "gibbon check plugins --kong-version 3.4 --json"],
    ownsStdout: true,
    help: "Load all plugins of a directory, and say what is wrong with them (default: .)",
    options: [
      "pluginsDirectory",
      "kongConfig",
      "protocol",
      "kongIs",
      "types",
      "strict",
      "json",
      "maxPluginFile",
    ],
    load: () => import("./check.ts"),
  },
  {
    usage: "new <name>",
    examples: ["gibbon new api-key", "gibbon new shipper --template log"],
    help: "Make a directory with a plugin, its test and all that an author needs",
    options: ["template"],
    load: () => import("./new.ts"),
  },
  {
    usage: "types [directory]",
    examples: ["gibbon types plugins"],
    help: "Write the types that an editor needs into a directory (default: .)",
    options: ["pluginsDirectory"],
    load: () => import("./types.ts"),
  },
  {
    usage: "bundle [directory]",
    examples: [
      "gibbon bundle plugins --output bundled",
      "gibbon bundle plugins/auth.ts -o out --minify",
    ],
    help: "Write each plugin with its packages into one file (or the one of a file)",
    options: ["pluginsDirectory", "output", "minify", "json", "maxPluginFile"],
    load: () => import("./bundle.ts"),
  },
  {
    usage: "kong-config [directory]",
    examples: [
      "gibbon kong-config plugins --kong-version 3.9",
      "gibbon kong-config plugins --format kubernetes",
    ],
    ownsStdout: true,
    help: "Print Kong's settings for the plugins: kong.conf, image, Kubernetes, systemd",
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
      "inImage",
      "logLevel",
      "maxPluginFile",
    ],
    load: () => import("./kong_config.ts"),
  },
  {
    usage: "doctor [directory]",
    examples: ["gibbon doctor plugins --kong-conf /etc/kong/kong.conf"],
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
    usage: "health",
    examples: ["gibbon health --socket /run/gibbon.socket"],
    help: "Ask the server on a socket whether it is well: one line, and exit code 0 if it is",
    options: ["socket", "kongPrefix", "sockName", "timeout"],
    load: () => import("./health.ts"),
  },
  {
    usage: "top",
    examples: ["gibbon top --metrics 127.0.0.1:9542", "gibbon top --metrics unix:/run/m --json"],
    help:
      "Show what a server that has --metrics does: its plugins, their rates, times and failures",
    options: ["metrics", "json"],
    load: () => import("./top.ts"),
  },
  {
    usage: "dev [directory]",
    examples: ["gibbon dev plugins", "gibbon dev plugins --kong-config kong.yml --inspect"],
    help: "Run the plugins of a directory, or the one of a file, on HTTP requests, without Kong " +
      "(default directory: .)",
    options: [
      "pluginsDirectory",
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
    examples: ["gibbon test plugins", "gibbon test plugins/auth.test.ts --watch"],
    help: "Run the tests of the plugins in directories, or those of files (default: .)",
    options: ["testWatch", "testName"],
    load: () => import("./test.ts"),
  },
  {
    usage: "prox <plugin>",
    examples: ["gibbon prox guard.ts"],
    help: "Run a plugin of prox: a file, or a folder of files. prox starts this command",
    options: ["grace", "logLevel", "logFormat", "metrics"],
    load: () => import("./prox.ts"),
  },
  {
    usage: "hub",
    examples: ["gibbon hub --listen 127.0.0.1:7070 --http 127.0.0.1:7071"],
    help: "Run a hub of brpc. Plugins connect to it, and programs call them over HTTP",
    options: [
      "listen",
      "socketMode",
      "socketGroup",
      "http",
      "httpTokenFile",
      "rename",
      "tlsCert",
      "tlsKey",
      "tlsCa",
      "grace",
      "logLevel",
      "logFormat",
      "metrics",
    ],
    load: () => import("./hub.ts"),
  },
  {
    usage: "plug [directory]",
    examples: ["gibbon plug plugins --hub 127.0.0.1:7070 --reconnect"],
    help: "Connect the hub plugins of a directory to a hub of brpc (default directory: .)",
    options: [
      "pluginsDirectory",
      "hub",
      "reconnect",
      "tlsCert",
      "tlsKey",
      "tlsCa",
      "grace",
      "logLevel",
      "logFormat",
    ],
    load: () => import("./plug.ts"),
  },
  {
    usage: "completion <shell>",
    examples: [
      "gibbon completion bash > ~/.local/share/bash-completion/completions/gibbon",
      "gibbon completion fish > ~/.config/fish/completions/gibbon.fish",
    ],
    help: "Print what completes commands and options in a shell: bash, zsh or fish",
    options: [],
    load: async () => ({ run: (await import("./completion.ts")).completionFor(COMMANDS) }),
  },
  {
    usage: "man",
    examples: ["gibbon man | man -l -"],
    help: "Print the manual page",
    options: [],
    load: async () => ({ run: (await import("./man.ts")).manualFor(COMMANDS) }),
  },
  {
    usage: "version",
    examples: ["gibbon version --json"],
    help: "Print the version",
    options: ["format", "json"],
    load: () => import("./version.ts"),
  },
];

/** What the worker processes of `serve` run; nobody else has a use for it, so no help names it. */
export const WORKER: Command = {
  usage: WORKER_COMMAND,
  examples: [],
  help: "Be a worker process of gibbon serve",
  options: [],
  load: () => import("./worker_process.ts"),
};
