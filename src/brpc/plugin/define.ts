// defineHubPlugin: a plugin for a hub as its author writes it.
import type * as v from "valibot";
import type { HubDescription } from "./entity.ts";

/**
 * The mark of a definition. It is the same in every copy of gibbon, so that a plugin which brought
 * its own copy is recognised too.
 */
export const HUB_DEFINITION: unique symbol = Symbol.for("gibbon.hub-definition") as never;
/** The mark of a method. */
export const HUB_METHOD: unique symbol = Symbol.for("gibbon.hub-method") as never;
/** The mark of an error whose message is the answer. */
export const METHOD_ERROR: unique symbol = Symbol.for("gibbon.hub-method-error") as never;

/** Any valibot schema. */
type Schema = v.GenericSchema | v.GenericSchemaAsync;

/** Sends values to the hub without being asked. */
export interface SendAsync {
  /**
   * Sends one.
   *
   * @param value anything that JSON has
   * @returns whether it is on its way: not if there is no connection, or the hub does not read
   * @throws {TypeError} if it is no JSON. {GibbonError} LIMIT if it is longer than a message may be
   */
  (value: unknown): boolean;
  /**
   * Waits until more can be sent, for those who send more than waits by itself (32 MiB):
   * `while (!send(value) && await send.drained());`
   *
   * @returns false if there is no connection
   */
  drained(): Promise<boolean>;
}

/** A way to send made of its two halves. */
export function sendAsync(
  send: (value: unknown) => boolean,
  drained: () => Promise<boolean>,
): SendAsync {
  return Object.assign((value: unknown) => send(value), { drained });
}

/** What a method gets beside its input. */
export interface MethodContext {
  /** The trace id that the caller gave; empty if it gave none. */
  readonly trace: string;
  readonly async: SendAsync;
  /** Aborted when the connection is gone and nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What a method takes and gives. Both are checked, and described to the hub. */
export interface MethodSchemas<
  Input extends Schema | undefined,
  Output extends Schema | undefined,
> {
  readonly input?: Input;
  readonly output?: Output;
}

/** What a handler gets: anything, without a schema. */
export type InputOf<S> = S extends Schema ? v.InferOutput<S> : unknown;
/** What a handler gives: anything that JSON has, without a schema. */
export type OutputOf<S> = S extends Schema ? v.InferInput<S> : unknown;

/** A method that `method` made. */
export interface HubMethod {
  readonly [HUB_METHOD]: true;
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly run: (input: never, ctx: MethodContext) => unknown;
}

/**
 * Makes a method of a hub plugin. Calls run side by side.
 *
 * What it throws comes back to the caller as `panic: MESSAGE` and is logged; a {@linkcode MethodError}
 * comes back as its message alone.
 *
 * @example
 * ```ts
 * import { method } from "gibbon/brpc";
 * import * as v from "valibot";
 *
 * const pair = v.object({ a: v.number(), b: v.number() });
 * const add = method({ input: pair, output: v.number() }, ({ a, b }) => a + b);
 * console.assert(add !== undefined);
 * ```
 */
export function method<
  Input extends Schema | undefined = undefined,
  Output extends Schema | undefined = undefined,
>(
  schemas: MethodSchemas<Input, Output>,
  run: (
    input: InputOf<Input>,
    ctx: MethodContext,
  ) => OutputOf<Output> | PromiseLike<OutputOf<Output>>,
): HubMethod {
  const { input, output } = schemas;
  return Object.freeze({
    [HUB_METHOD]: true as const,
    input,
    output,
    run: run as HubMethod["run"],
  });
}

/**
 * An error that a method gives on purpose: its message is the caller's answer, and it is not logged.
 *
 * @example
 * ```ts
 * import { method, MethodError } from "gibbon/brpc";
 *
 * const find = method({}, (id) => {
 *   throw new MethodError(`there is no user ${id}`);
 * });
 * console.assert(find !== undefined);
 * ```
 */
export class MethodError extends Error {
  override readonly name: string = "MethodError";
  readonly [METHOD_ERROR]: true = true;
}

/** A plugin's parts. */
export interface HubPluginDefinition {
  /** What the hub calls it: 1 to 200 characters. */
  readonly name: string;
  readonly version: string;
  /** At least one; `Async` and `Shutdown` are names that the protocol has for itself. */
  readonly methods: Readonly<Record<string, HubMethod>>;
  /**
   * What is said of methods beside their schemas, by the names of these: brpc's `Functions` of a
   * PluginInfo. Of the fields that a schema describes those stay that are named here.
   */
  readonly functions?: Readonly<
    Record<string, { readonly input?: HubDescription; readonly output?: HubDescription }>
  >;
  /**
   * Called when the plugin starts, with a way to send values at any time.
   *
   * @param signal aborted when the plugin is to stop
   */
  useAsyncHook?(this: void, async: SendAsync, signal: AbortSignal): void;
}

/** A plugin that defineHubPlugin made: a module's default export. */
export interface DefinedHubPlugin {
  readonly [HUB_DEFINITION]: HubPluginDefinition;
  /** Sends a value to the hub, or to all hubs at which it runs, from anywhere in the plugin. */
  readonly async: SendAsync;
}

/** Where a definition's values go: to each hub at which it runs. */
const senders = new WeakMap<HubPluginDefinition, Set<SendAsync>>();

/** Has a definition's values sent by `send` too. @returns takes it back */
export function addSender(definition: HubPluginDefinition, send: SendAsync): () => void {
  const all = senders.get(definition) ?? new Set();
  senders.set(definition, all.add(send));
  return () => void all.delete(send);
}

function sendToAll(definition: HubPluginDefinition): SendAsync {
  const all = () => [...senders.get(definition) ?? []];
  return sendAsync(
    (value) => all().map((send) => send(value)).includes(true),
    async () => (await Promise.all(all().map((send) => send.drained()))).includes(true),
  );
}

/**
 * Defines a plugin for a hub. It is a module's default export, and `gibbon plug` connects it.
 *
 * @example
 * ```ts
 * import { defineHubPlugin, method } from "gibbon/brpc";
 * import * as v from "valibot";
 *
 * const plugin = defineHubPlugin({
 *   name: "calculator",
 *   version: "1.0.0",
 *   methods: {
 *     add: method(
 *       { input: v.object({ a: v.number(), b: v.number() }), output: v.number() },
 *       ({ a, b }, ctx) => {
 *         ctx.async({ added: [a, b], trace: ctx.trace });
 *         return a + b;
 *       },
 *     ),
 *   },
 * });
 * export default plugin;
 * ```
 */
export function defineHubPlugin(plugin: HubPluginDefinition): DefinedHubPlugin {
  const definition = Object.freeze({ ...plugin });
  return Object.freeze({
    [HUB_DEFINITION]: definition,
    async: sendToAll(definition),
  });
}
