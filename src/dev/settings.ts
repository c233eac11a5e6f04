// The settings of a gateway: gibbon.dev.json of its plugins directory, and kong.yml where one is given.
import type { Logger } from "../base/log.ts";
import { codeOf, GibbonError, messageOf } from "../base/errors.ts";
import { readRegularText } from "../base/regular_file.ts";
import { type KongConfig, readKongConfig } from "../kong/emulator/config/kong_config.ts";
import { type DevConfig, readDevConfig } from "./config.ts";
import type { Gateway } from "./gateway.ts";

/** Longest kong.yml, in bytes. */
const KONG_CONFIG_BYTES = 16 * 1024 * 1024;

/** What the files say. */
export interface DevSettings {
  readonly config: DevConfig;
  readonly kong: KongConfig | undefined;
  /** Parts of gibbon.dev.json that do not count, as kong.yml says it. */
  readonly unused: readonly string[];
}

/**
 * Reads a declarative configuration.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function readKongFile(path: string): KongConfig {
  let text: string;
  try {
    text = readRegularText(path, KONG_CONFIG_BYTES);
  } catch (error) {
    const reason = codeOf(error) === "ENOENT" ? "there is no such file" : messageOf(error);
    throw new GibbonError("OPTION_INVALID", `${path} cannot be read: ${reason}`, {
      file: path,
      remedy: "Give the path of a declarative configuration of Kong's with --kong-config.",
      cause: error,
    });
  }
  return readKongConfig(text, path);
}

/**
 * Reads both files.
 *
 * @param kongFile path of kong.yml, if there is one
 * @throws {GibbonError} OPTION_INVALID with what is wrong and where
 */
export function readSettings(directory: string, kongFile: string | undefined): DevSettings {
  const config = readDevConfig(directory);
  if (kongFile === undefined) return { config, kong: undefined, unused: [] };
  const unused = (["upstream", "plugins"] as const).filter((name) => config[name] !== undefined);
  return { config, kong: readKongFile(kongFile), unused };
}

/** Why settings are not taken. */
export interface SettingsProblem {
  readonly message: string;
  readonly remedy: string;
}

/** Gives a gateway its settings again whenever they or the plugins have changed. */
export class SettingsReload {
  readonly #read: () => DevSettings;
  readonly #gateway: Pick<Gateway, "reload">;
  readonly #log: Logger;
  #good: DevSettings;
  #running = Promise.resolve();
  #problem: SettingsProblem | undefined;

  /** @param start what the gateway has now */
  constructor(
    read: () => DevSettings,
    start: DevSettings,
    gateway: Pick<Gateway, "reload">,
    log: Logger,
  ) {
    this.#read = read;
    this.#good = start;
    this.#gateway = gateway;
    this.#log = log;
  }

  /** Why the last settings were not taken. */
  get problem(): SettingsProblem | undefined {
    return this.#problem;
  }

  /**
   * Reads the files, one time after the other. Settings that are not right change nothing. Never rejects.
   *
   * @param problems of modules that could not be loaded
   */
  run(names: readonly string[], problems: readonly GibbonError[]): Promise<void> {
    this.#running = this.#running.then(() => this.#reload(names, problems));
    return this.#running;
  }

  async #reload(names: readonly string[], problems: readonly GibbonError[]): Promise<void> {
    this.#problem = undefined;
    try {
      const settings = this.#read();
      await this.#gateway.reload(names, settings.config, settings.kong, problems);
      this.#good = settings;
      return;
    } catch (error) {
      const remedy = "Correct the file: it is read again when it is saved.";
      this.#problem = { message: messageOf(error), remedy };
      this.#log.error("the settings are not right: the plugins run with those before", {
        error: messageOf(error),
        remedy,
      });
    }
    const { config, kong } = this.#good;
    await this.#gateway.reload(names, config, kong, problems).catch((error) => {
      this.#log.error("the plugins do not go with the settings before; nothing has changed", {
        error: messageOf(error),
      });
    });
  }
}
