// Whether a shape's own checks take a value, as far as that can be told while loading.
import * as v from "valibot";
import type { Shape } from "./shape.ts";

/** Checks that run a function of the author, who may count on a running server. */
const AUTHORS_OWN: ReadonlySet<string> = new Set(["check", "partial_check", "raw_check"]);

/** For strings, numbers and booleans; of everything else it says that it is taken. */
export function accepts(shape: Shape, value: unknown): boolean {
  if (shape.kind !== "string" && shape.kind !== "number" && shape.kind !== "boolean") return true;
  const type = typeof value;
  if (type !== shape.kind) return false;
  if (shape.kind === "boolean") return shape.only === undefined || shape.only === value;
  const options: readonly unknown[] | undefined = shape.options;
  if (options && !options.includes(value)) return false;
  return shape.checks.every((check) => {
    if (AUTHORS_OWN.has(check.type)) return true;
    return v.is(v.pipe(v.any(), check as unknown as v.GenericValidation), value);
  });
}
