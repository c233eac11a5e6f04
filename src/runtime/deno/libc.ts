// The C library, through Deno's foreign function interface.
import { type Libc, LIBC_PARAMETERS, openLibc } from "../shared/libc.ts";

/** @throws {Unsupported} if there is none, or no permission to use it */
export function openDenoLibc(): Libc {
  const symbols = Object.fromEntries(
    Object.entries(LIBC_PARAMETERS).map(([name, types]) => {
      const parameters = types.map((type) => type === "address" ? "buffer" as const : type);
      return [name, { parameters, result: "i32" as const }];
    }),
  );
  return openLibc((file) => Deno.dlopen(file, symbols).symbols as unknown as Libc);
}
