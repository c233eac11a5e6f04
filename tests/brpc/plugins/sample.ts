// A hub plugin with methods for everything that a hub can be tried with; peer/plugin.go has the same.
import {
  type DefinedHubPlugin,
  defineHubPlugin,
  method,
  MethodError,
} from "../../../src/brpc/mod.ts";
import * as v from "valibot";

const pair = v.object({
  a: v.number(),
  b: v.optional(v.number(), 0),
  more: v.optional(v.array(v.object({ tags: v.record(v.string(), v.string()) }))),
});

export function samplePlugin(name: string): DefinedHubPlugin {
  const plugin = defineHubPlugin({
    name,
    version: "v1.2.3",
    methods: {
      echo: method({}, (value) => value),
      add: method({ input: pair, output: v.number() }, ({ a, b }) => a + b),
      nothing: method({}, () => undefined),
      trace: method({}, (_, ctx) => ctx.trace),
      fail: method({}, () => {
        throw new MethodError("went wrong on purpose");
      }),
      panic: method({}, () => {
        throw new Error("on purpose");
      }),
      slow: method({ input: v.number() }, async (ms) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return ms;
      }),
      announce: method({}, (value, ctx) => ctx.async(value)),
      flood: method({ input: v.number() }, (count) => {
        for (let i = 0; i < count; i++) plugin.async("x".repeat(1000));
        return count;
      }),
      circular: method({}, () => {
        const value: Record<string, unknown> = {};
        value["itself"] = value;
        return value;
      }),
    },
  });
  return plugin;
}
