// The C library, through Bun's foreign function interface.
import { type Libc, LIBC_PARAMETERS, openLibc } from "../shared/libc.ts";

/** What is used of bun:ffi. */
interface BunFfi {
  dlopen(
    file: string,
    symbols: Readonly<Record<string, { args: readonly string[]; returns: string }>>,
  ): { readonly symbols: unknown };
}

/** Bun's own; an import would have to be known to the other runtimes too. */
declare const require: (specifier: "bun:ffi") => BunFfi;

/** @throws {Unsupported} if there is none */
export function openBunLibc(): Libc {
  const { dlopen } = require("bun:ffi");
  const symbols = Object.fromEntries(
    Object.entries(LIBC_PARAMETERS).map(([name, parameters]) => {
      const args = parameters.map((type) => type === "address" ? "ptr" : type);
      return [name, { args, returns: "i32" }];
    }),
  );
  // A pointer parameter takes a typed array as it is.
  return openLibc((file) => dlopen(file, symbols).symbols as Libc);
}
