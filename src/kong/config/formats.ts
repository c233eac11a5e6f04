// Settings of Kong in the forms that operators put them into: kong.conf, environment, Dockerfile.
import type { Setting } from "./settings.ts";

/** A setting as a variable of Kong's environment. */
export function variableOf([name, value]: Setting): Setting {
  return [`KONG_${name.toUpperCase()}`, value];
}

/** Lines for kong.conf, where a # begins a comment. */
export function asConf(settings: readonly Setting[]): string {
  return lines(settings.map(([name, value]) => `${name} = ${value.replaceAll("#", "\\#")}`));
}

/** A file for `docker run --env-file` and its like: values are taken as they are. */
export function asEnv(settings: readonly Setting[]): string {
  return lines(settings.map(variableOf).map(([name, value]) => `${name}=${value}`));
}

/** What goes into an image. Paths are beside the Dockerfile. */
export interface ImageParts {
  /** The image that it is made from. */
  readonly from: string;
  /** Path of gibbon in the image. */
  readonly executable: string;
  /** Path of the plugins directory in the image. */
  readonly directory: string;
  /** Files that go into it. */
  readonly files: readonly string[];
  /** Folders that go into it, each with the name that it has there; "" for what is in it alone. */
  readonly folders: readonly (readonly [path: string, name: string])[];
  /** What has to be done before, as a command. */
  readonly before: string | undefined;
}

/** A Dockerfile for an image with gibbon, the plugins and the settings. */
export function asDockerfile(settings: readonly Setting[], parts: ImageParts): string {
  const { from, executable, directory, files, folders, before } = parts;
  const folder = directory.replace(/\/*$/, "/");
  return lines([
    ...(before === undefined ? [] : [`# Before: ${before}`]),
    `FROM ${from}`,
    `COPY --chmod=755 ${JSON.stringify(["gibbon", executable])}`,
    ...folders.map(([path, name]) => `COPY ${JSON.stringify([`${path}/`, `${folder}${name}`])}`),
    ...(files.length === 0 ? [] : [`COPY ${JSON.stringify([...files, folder])}`]),
    ...settings.map(variableOf).map(([name, value]) => `ENV ${name}=${inDockerfile(value)}`),
  ]);
}

/** A Dockerfile replaces variables within quotes too. */
function inDockerfile(value: string): string {
  return `"${value.replace(/["\\$]/g, "\\$&")}"`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
