// Runs all plugins of a folder in `gibbon dev`, and asks each of them for what its package gave.
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { pluginName } from "./plugins.ts";
import type { Trial } from "./list.ts";

/** How long the start may take, in milliseconds: Deno caches what it has compiled the first time. */
const START_MS = 90_000;

/** How long one answer may take, in milliseconds. */
const ANSWER_MS = 15_000;

/** Why each package failed: its name, and a line of the log. One that is not there has worked. */
export type Failures = ReadonlyMap<string, string>;

/** A service for each package, with its plugin: one that is broken stops the requests of its own. */
function kongYaml(trials: readonly Trial[]): string {
  const services = trials.map(pluginName).map((name) => ({
    name,
    url: "http://127.0.0.1:1",
    routes: [{ name, paths: [`/${name}`], plugins: [{ name }] }],
  }));
  return JSON.stringify({ _format_version: "3.0", services });
}

/**
 * @param gibbon the command line that starts it
 * @param trials those whose plugins are in the folder
 */
export async function tryPackages(
  gibbon: readonly string[],
  folder: string,
  trials: readonly Trial[],
): Promise<Failures> {
  const [program = "", ...args] = gibbon;
  const config = path.join(folder, "kong.yml");
  await writeFile(config, kongYaml(trials));
  const options = ["--port=0", "--no-https", "--no-inspector", `--kong-config=${config}`];
  const child = spawn(program, [...args, "dev", folder, ...options], {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => log += stripVTControlCharacters(text));
  }
  try {
    const url = await Promise.race([urlOf(() => log), ended.then(() => undefined)]);
    if (url === undefined) return await withoutBroken(gibbon, folder, trials, log);
    const failures = new Map<string, string>();
    for (const trial of trials) {
      const name = pluginName(trial);
      const answer = await ask(`${url}/${name}`);
      if (answer !== "used: true") failures.set(trial.name, reasonIn(log, name, answer));
    }
    return failures;
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

/** gibbon dev does not start with a kong.yml that names a plugin which cannot be loaded. */
async function withoutBroken(
  gibbon: readonly string[],
  folder: string,
  trials: readonly Trial[],
  log: string,
): Promise<Failures> {
  const [, plugin] = /plugin '([^']+)' not enabled/.exec(log) ?? [];
  const broken = trials.find((trial) => pluginName(trial) === plugin);
  if (!plugin || !broken) throw new Error(`gibbon dev did not start:\n${log}`);
  const others = await tryPackages(gibbon, folder, trials.filter((trial) => trial !== broken));
  return new Map([...others, [broken.name, reasonIn(log, plugin, log)]]);
}

async function urlOf(log: () => string): Promise<string> {
  for (const until = Date.now() + START_MS; Date.now() < until;) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(log()) ?? [];
    if (url !== undefined) return url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`gibbon dev did not start:\n${log()}`);
}

async function ask(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })).text();
  } catch (error) {
    return String(error);
  }
}

/** What the log says of a plugin first; without, the answer. */
function reasonIn(log: string, plugin: string, answer: string): string {
  const lines = log.split("\n");
  const about = new RegExp(`(^|[^\\w-])${plugin}(\\.ts|\\.js|\\.mjs)?([^\\w-]|$)`);
  const at = lines.findIndex((line) =>
    about.test(line) && /error|cannot|could not|warn|broken/i.test(line)
  );
  return (at < 0 ? answer : lines.slice(at, at + 2).join(" ")).replace(/\s+/g, " ").slice(0, 300);
}

/** The folder of bundles beside that of plugins. */
export function bundlesOf(folder: string): string {
  return path.join(path.dirname(folder), "bundled");
}
