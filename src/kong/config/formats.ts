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

/** What goes into an image. */
export interface ImageParts {
  /** The image that it is made from. */
  readonly from: string;
  /** Path of gibbon in the image. */
  readonly executable: string;
  /** The plugins directory beside the Dockerfile, and its path in the image. */
  readonly plugins: readonly [from: string, to: string];
}

/** A Dockerfile for an image with gibbon, the plugins and the settings. */
export function asDockerfile(settings: readonly Setting[], parts: ImageParts): string {
  return lines([
    `FROM ${parts.from}`,
    `COPY --chmod=755 ${JSON.stringify(["gibbon", parts.executable])}`,
    `COPY ${JSON.stringify(parts.plugins)}`,
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
