// Which specifiers name a package, and which package that is.
import { isBuiltin } from "node:module";

/**
 * Names that Bun answers itself, whatever is installed, and asks no plugin of its own about. Its
 * stand-ins leave things out without a word: a pool of its undici has no time-outs.
 */
export const STAND_INS: ReadonlySet<string> = new Set([
  "@vercel/fetch",
  "abort-controller",
  "isomorphic-fetch",
  "node-fetch",
  "undici",
  "utf-8-validate",
  "ws",
]);

/** Whether a specifier that is no path is a package's: `isBuiltin` says yes to `undici` on Bun. */
export function isPackage(specifier: string): boolean {
  if (/^[a-z]+:/.test(specifier)) return false;
  return STAND_INS.has(specifier) || !isBuiltin(specifier);
}

/** The package of a specifier: `@scope/name` of `@scope/name/sub`. */
export function packageName(specifier: string): string {
  const [first = "", second = ""] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
