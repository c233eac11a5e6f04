// What the compiler knows in a plugin. `deno check` is the test; nothing here runs.
import { definePlugin, type Kong, type NoConfig } from "gibbon";
import * as v from "valibot";

/** Compiles only if both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true
  : false;
function expectSame<A, B>(_same: Same<A, B>): void {}

export const everything = definePlugin({
  name: "everything",
  version: "1.0.0",
  priority: 10,
  onError: "continue",
  deadline: 1000,
  config: v.object({
    limit: v.optional(v.number(), 3),
    keys: v.set(v.string()),
    mode: v.picklist(["on", "off"]),
    since: v.optional(v.pipe(v.string(), v.transform((text) => new Date(text)))),
  }),
  async init(config) {
    await Promise.resolve();
    expectSame<typeof config.limit, number>(true);
    return { hits: new Map<string, number>(), limit: config.limit };
  },
  close(state) {
    expectSame<typeof state.hits, Map<string, number>>(true);
  },
  async access(kong, config, state) {
    expectSame<typeof kong, Kong>(true);
    expectSame<typeof config.keys, Set<string>>(true);
    expectSame<typeof config.mode, "on" | "off">(true);
    expectSame<typeof config.since, Date | undefined>(true);
    expectSame<typeof state, { hits: Map<string, number>; limit: number }>(true);
    const header = await kong.request.getHeader("x-key");
    expectSame<typeof header, string | undefined>(true);
    // @ts-expect-error: a misspelt setting
    void config.limt;
    // @ts-expect-error: a header may be missing
    header.toUpperCase();
    if (!header) return kong.response.exit(401, { message: "no" });
    // What came before never returns.
    header.toUpperCase();
  },
  log: (kong, config, state) => kong.log.info(config.limit, state.limit),
});

export const nothing = definePlugin({
  certificate(_kong, config, state) {
    expectSame<typeof config, NoConfig>(true);
    expectSame<typeof state, undefined>(true);
    // @ts-expect-error: there is no configuration without a schema
    void config.limit;
  },
  rewrite() {},
  response() {},
  async preread() {},
});

export const stateWithoutConfig = definePlugin({
  init: () => [1],
  access(_kong, _config, state) {
    expectSame<typeof state, number[]>(true);
  },
});

export const transformed = definePlugin({
  config: v.pipe(
    v.object({ pairs: v.record(v.string(), v.number()) }),
    v.transform(({ pairs }) => new Map(Object.entries(pairs))),
  ),
  access(_kong, config) {
    expectSame<typeof config, Map<string, number>>(true);
  },
});

export const checked = definePlugin({
  config: v.pipe(
    v.object({ least: v.optional(v.number(), 1), most: v.number() }),
    v.check(({ least, most }) => least <= most, "least is above most"),
  ),
  access(_kong, config) {
    expectSame<typeof config.most, number>(true);
  },
});

export const schemaLast = definePlugin({
  access(_kong, config) {
    expectSame<typeof config, { limit: number }>(true);
  },
  config: v.object({ limit: v.number() }),
});

export const spelledOut = definePlugin<{ limit: number }, Set<string>>({
  config: v.object({ limit: v.number() }),
  init: () => new Set(),
  access(_kong, config, state) {
    state.add(String(config.limit));
  },
});

definePlugin({
  // @ts-expect-error: Kong cannot call this phase from outside
  header_filter() {},
});

definePlugin({
  // @ts-expect-error: a configuration is an object
  config: v.string(),
  access() {},
});

definePlugin({
  // @ts-expect-error: the schemas of one plugin cannot wait
  config: v.objectAsync({ a: v.string() }),
  access() {},
});

definePlugin({
  // @ts-expect-error: one of two words
  onError: "ignore",
  access() {},
});

definePlugin({
  // @ts-expect-error: a handler gives nothing back
  access: () => 200,
});

definePlugin({
  config: v.object({ limit: v.number() }),
  access(_kong, _config, state) {
    expectSame<typeof state, undefined>(true);
  },
  // @ts-expect-error: init has to stand above the handlers
  init(config) {
    return [config.limit];
  },
});

definePlugin({
  access() {
    // @ts-expect-error: there is no `this`
    this.access();
  },
});
