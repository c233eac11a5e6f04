// What a function of the acted-out PDK is, and the checks that all of them make.
import { GibbonError } from "../../../base/errors.ts";
import { type Phase, PHASES } from "../../engine/phases.ts";
import type { Exchange } from "../exchange.ts";
import { isLuaString, type LuaString, toText } from "../lua/bytes.ts";
import { isLuaTable, luaType } from "../lua/values.ts";
import type { EmulatedNode } from "../node.ts";
import type { PluginEntity } from "../plugin_entity.ts";

/** Who calls, and on what. */
export interface PdkContext {
  readonly exchange: Exchange;
  readonly node: EmulatedNode;
  readonly plugin: PluginEntity;
  readonly phase: Phase;
}

/** A function of Kong's PDK. */
export interface ActedFunction {
  /** Phases in which it works; in all others it raises. */
  readonly phases: readonly Phase[];
  /**
   * @param args as Lua got them
   * @returns the first value that Kong's function returns
   * @throws {GibbonError} where Kong's function raises
   * @throws {RequestExit} where it ends the request
   */
  run(context: PdkContext, args: readonly unknown[]): unknown;
}

/** Functions by their dotted name, as Kong has it. */
export type PdkTable = Readonly<Record<string, ActedFunction>>;

/** Thrown by functions that end the request: the response stands in the exchange. */
export class RequestExit extends Error {
  override readonly name = "RequestExit";
}

/** Every phase that an external plugin can have. */
export const ANY: readonly Phase[] = PHASES;
/** From rewrite to the response. */
export const REQUEST: readonly Phase[] = ["rewrite", "access", "response"];
/** Where nginx has variables: a TLS handshake has none, and log runs when the request is gone. */
export const WITH_VARIABLES: readonly Phase[] = ["preread", ...REQUEST];
/** From rewrite to the log. */
export const REQUEST_AND_LOG: readonly Phase[] = [...REQUEST, "log"];
/** Where the request can still be changed. */
export const BEFORE_SERVICE: readonly Phase[] = ["rewrite", "access"];
/** Once it is known who asks: from access on. */
export const AUTHENTICATED: readonly Phase[] = ["access", "response", "log"];
/** Once there is a response. */
export const RESPONDED: readonly Phase[] = ["response", "log"];

/** Wraps functions that work in the same phases. */
export function inPhases(
  phases: readonly Phase[],
  functions: Readonly<Record<string, ActedFunction["run"]>>,
): PdkTable {
  const entries = Object.entries(functions).map(([name, run]) => [name, { phases, run }]);
  return Object.fromEntries(entries);
}

/** The error of a function that was called with something it does not take. */
export function badArgument(what: string, wanted: string, value?: unknown): GibbonError {
  const got = value === undefined ? "" : `, not a ${luaType(value)}`;
  return new GibbonError("PDK_ARGUMENT", `${what} must be ${wanted}${got}`);
}

/** The error of a function that cannot do its work here. */
export function failed(message: string): GibbonError {
  return new GibbonError("PDK_FAILED", message);
}

/** A string argument, as text. */
export function text(value: unknown, what: string): string {
  return toText(bytes(value, what));
}

/** A string argument that may be anything but text. */
export function bytes(value: unknown, what: string): LuaString {
  if (!isLuaString(value)) throw badArgument(what, "a string", value);
  return value;
}

/** A whole number within bounds, both included. */
export function integer(value: unknown, what: string, least: number, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw badArgument(what, `an integer between ${least} and ${most}`, value);
  }
  return value;
}

/** A number within bounds, or the default for nil. */
export function maximum(value: unknown, what: string, otherwise = 100): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || value < 1 || value > 1000) {
    throw badArgument(what, "a number between 1 and 1000", value);
  }
  return Math.floor(value);
}

/** A table argument. */
export function table(value: unknown, what: string): object {
  if (!isLuaTable(value)) throw badArgument(what, "a table", value);
  return value;
}
