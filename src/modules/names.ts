// Which names in a plugins directory are looked at, and what a plugin may be called.
import { extname } from "node:path";

const MODULE = /\.[cm]?[jt]s$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const TEST = /(?:[._-]test|\.spec)\.[cm]?[jt]s$/;

/**
 * Kong's own names have this shape, and a name becomes a part of kong.conf's keys
 * (`pluginserver_NAME_socket`).
 */
const PLUGIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Whether a name is a plugin's: letters, digits, `_`, `-` and `.`, and no `.` or `-` in front. */
export function isPluginName(name: string): boolean {
  return PLUGIN_NAME.test(name);
}

/** Whether a file is a module by its name; declarations of types are not. */
export function isModuleName(name: string): boolean {
  return MODULE.test(name) && !DECLARATION.test(name);
}

/** Whether a module is a test of others: `auth.test.ts`, `auth.spec.js`, `auth_test.ts`. */
export function isTestName(name: string): boolean {
  return TEST.test(name);
}

/**
 * Whether an entry is passed over without a word: dot files, what Kubernetes mounts beside the
 * files that it links to (`..data`), packages, tests.
 */
export function isHiddenName(name: string): boolean {
  return name.startsWith(".") || name === "node_modules" || name === "__tests__" ||
    isTestName(name);
}

/** A file's name without its extension. */
export function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}
