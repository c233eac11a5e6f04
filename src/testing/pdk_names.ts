// Names of PDK functions: as Kong has them, and as plugins in JavaScript write them.
import { GibbonError } from "../base/errors.ts";
import { PDK_FUNCTIONS, type PdkMethod } from "../kong/pdk/functions.ts";
import { findSimilar } from "../modules/similar.ts";

type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name;

/** A function of the PDK: `kong.request.getHeader`, or `kong.request.get_header`. */
export type PdkName = PdkMethod | Camel<PdkMethod>;

const BY_NAME: ReadonlyMap<string, PdkMethod> = new Map(
  (Object.keys(PDK_FUNCTIONS) as PdkMethod[]).flatMap((method) => [
    // The spelling that is proposed comes first.
    [method.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase()), method],
    [method, method],
  ]),
);

/**
 * The name that Kong has for a function.
 *
 * @throws {GibbonError} OPTION_INVALID if there is none
 */
export function pdkMethod(name: string): PdkMethod {
  const method = BY_NAME.get(name);
  if (method !== undefined) return method;
  const similar = findSimilar(name, [...BY_NAME.keys()]);
  throw new GibbonError("OPTION_INVALID", `Kong's PDK has no function ${name}`, {
    remedy: similar === undefined
      ? "Write it as plugins do, such as kong.request.getHeader."
      : `Did you mean ${similar}?`,
  });
}
