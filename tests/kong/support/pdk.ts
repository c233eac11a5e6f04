// A gateway for the PDK that writes down what it is asked.
import type { Phase } from "../../../src/kong/engine/phases.ts";
import type { PdkEvent } from "../../../src/kong/pdk/caller.ts";

/** `get_tls1_version_str` as plugins in JavaScript write it. */
export function camelCase(name: string): string {
  return name.split("_").map((part, i) => i === 0 ? part : part[0]?.toUpperCase() + part.slice(1))
    .join("");
}

/** What the gateway was asked. */
export interface Asked {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly bytes: boolean;
  readonly final: boolean;
}

/** An event whose calls are written down and answered at once. */
export function recordingEvent(
  phase: Phase = "access",
  answer: (method: string, args: readonly unknown[]) => unknown = () => undefined,
): PdkEvent & { readonly asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    phase,
    signal: new AbortController().signal,
    instance: { plugin: { name: "under-test" } },
    call: async (method, args, { bytes = false, final = false } = {}) => {
      asked.push({ method, args: [...args], bytes, final });
      return await answer(method, args);
    },
    refuse: (error) => Promise.reject(error),
  };
}

type AnyFunction = (...args: unknown[]) => unknown;

/** The function at a path of names: `kong.log.inspect.on`. */
export function functionAt(kong: object, path: string): AnyFunction {
  let owner: unknown = undefined;
  let value: unknown = kong;
  for (const name of path.split(".").slice(1)) {
    owner = value;
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  if (typeof value !== "function") throw new TypeError(`${path} is ${typeof value}`);
  const found = value as AnyFunction;
  return (...args) => found.apply(owner, args);
}
