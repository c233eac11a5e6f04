// A gibbon under a Kong: its plugins, its start_cmd and its socket in temporary folders.
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { quoted } from "../../../src/base/shell_word.ts";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import { pluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import { until } from "../../support/until.ts";
import type { Workspace } from "../../support/workspace.ts";
import type { Program } from "../support/programs.ts";
import { Kong, type KongOptions } from "./nginx/kong.ts";
import type { Outcome } from "./nginx/outcome.ts";
import type { GivenRequest, PluginUse, Protocol } from "./nginx/worker.ts";
import { DEADLY, DEADLY_MARKS, type Files, guard, guardMarks } from "./plugins.ts";

/** A plugin that Kong has in use, on the one socket. */
export interface StagePlugin {
  readonly name: string;
  readonly protocol: Protocol;
  readonly files: Files;
  readonly phases: readonly Phase[];
  readonly priority?: number;
  readonly marks?: readonly string[];
  /** @param folder for files that it writes */
  readonly config?: (folder: string) => Readonly<Record<string, unknown>>;
}

/** A guard, see plugins.ts. */
export function guardOver(protocol: Protocol, name = "guard"): StagePlugin {
  return {
    name,
    protocol,
    files: guard(name),
    phases: ["rewrite", "access", "response", "log"],
    priority: 1000,
    marks: guardMarks(name),
  };
}

/** The plugin that ends its process, see plugins.ts. */
export function deadlyOver(protocol: Protocol): StagePlugin {
  return {
    name: "deadly",
    protocol,
    files: DEADLY,
    phases: ["access"],
    priority: 10,
    marks: DEADLY_MARKS,
    config: (folder) => ({ deaths: join(folder, "deaths") }),
  };
}

/** What a stage is made of. */
export interface StageOptions {
  readonly program: Program;
  readonly plugins: readonly StagePlugin[];
  /** More options of `gibbon serve`. */
  readonly serve?: readonly string[];
  /** More about Kong. */
  readonly kong?: Partial<KongOptions>;
}

/** Milliseconds until a server that ended is started again; Kong takes a second. */
const RESTART_MS = 100;

/** How gibbon is run. */
export interface Layout {
  readonly what: string;
  readonly serve: readonly string[];
}

/** Those in which a plugin cannot take the server down. */
export const GUARDED_LAYOUTS: readonly Layout[] = [
  { what: "the default layout", serve: [] },
  { what: "two workers", serve: ["--workers", "2"] },
];

/** All layouts that operators choose from. */
export const LAYOUTS: readonly Layout[] = [
  ...GUARDED_LAYOUTS,
  { what: "one bare process", serve: ["--workers", "0"] },
];

/** A stage. */
export class Stage {
  readonly kong: Kong;
  readonly socket: string;
  /** As kong.conf has it. */
  readonly startCommand: string;
  /** For gates and the like. */
  readonly folder: string;

  private constructor(
    options: StageOptions,
    program: string,
    directory: string,
    folder: string,
  ) {
    this.folder = folder;
    this.socket = join(folder, "s.sock");
    const words = ["serve", "--plugins-directory", directory, "--socket", this.socket];
    const command = [program, ...words, ...options.serve ?? []];
    this.startCommand = command.map(quoted).join(" ");
    this.kong = new Kong({
      plugins: options.plugins.map((plugin) => useOf(plugin, this.socket, folder)),
      startCommands: [this.startCommand],
      restartMs: RESTART_MS,
      ...options.kong,
    });
  }

  /** Sets a stage, which is cleared with the workspace; Kong is not started. */
  static async prepare(space: Workspace, options: StageOptions): Promise<Stage> {
    const files = Object.assign({}, ...options.plugins.map(({ files }) => files));
    const [directory, folder] = [await space.folder(files), await space.folder()];
    const stage = new Stage(options, await options.program.path(folder), directory, folder);
    space.later(() => stage.kong.kill());
    return stage;
  }

  /** Sets one and starts Kong; settles when its server serves. */
  static async start(space: Workspace, options: StageOptions): Promise<Stage> {
    const stage = await Stage.prepare(space, options);
    stage.kong.start();
    await stage.serving();
    return stage;
  }

  /** The process that Kong's present generation started last. */
  get server() {
    return this.kong.current.keepers[0]!.process;
  }

  /** What the servers of the present generation said. */
  get log(): string {
    return this.kong.current.keepers[0]!.log;
  }

  /** Settles when the present generation's server says that it serves. */
  async serving(): Promise<void> {
    try {
      await until(() => this.log.includes("serving plugins"));
    } catch (error) {
      throw new Error(`the server does not serve:\n${this.log}`, { cause: error });
    }
  }

  /** Settles when a request was served to its end; gives its outcome. */
  async served(given?: GivenRequest): Promise<Outcome> {
    let outcome = await this.kong.request(given);
    await until(async () => {
      if (outcome.kind !== "ok") outcome = await this.kong.request(given);
      return outcome.kind === "ok";
    });
    return outcome;
  }

  /** A gate that is closed. */
  gate(name: string): Gate {
    return new Gate(join(this.folder, name));
  }

  /** The processes that the deadly plugin has ended, or has begun to. */
  get deaths(): number[] {
    const path = join(this.folder, "deaths");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map(Number) : [];
  }

  /** Whether somebody listens at the path now. */
  answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.socket);
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  }
}

function useOf(plugin: StagePlugin, socket: string, folder: string): PluginUse {
  const { name, phases, priority = 0, protocol, marks = [] } = plugin;
  const config = plugin.config?.(folder) ?? {};
  return { entity: pluginEntity({ name, phases, priority, config }), protocol, socket, marks };
}

/** Holds events of guards; see plugins.ts. */
export class Gate {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The header that has a request held. */
  get header(): readonly [string, string] {
    return ["x-gate", this.#path];
  }

  /** Settles when a request is held; gives the process that holds it. */
  async holds(): Promise<number> {
    await until(() => existsSync(`${this.#path}.begun`));
    return Number(readFileSync(`${this.#path}.begun`, "utf8"));
  }

  async open(): Promise<void> {
    await writeFile(this.#path, "");
  }
}
