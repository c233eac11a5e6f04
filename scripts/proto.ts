// Where the protobuf definitions are, what generates code of them, and how to tell that it is stale.
import { createHash } from "node:crypto";

/** Paths from the project's directory. */
export const DEFINITIONS = "src/kong/protocol/protobuf/messages.proto";
export const GENERATED = "src/kong/protocol/protobuf/generated/messages.ts";

/** npm packages that are needed only to generate: a compiler, and a plugin of it. */
export const GENERATORS: readonly string[] = ["@bufbuild/buf@1.75.0", "ts-proto@2.18.0"];

/** Options of ts-proto. */
export const OPTIONS: readonly string[] = [
  "annotateFilesWithVersion=false",
  "exportCommonSymbols=false",
  "forceLong=number",
  "oneof=unions-value",
  "outputExtensions=false",
  "outputJsonMethods=false",
  "outputPartialMethods=false",
  "outputTypeRegistry=false",
  "snakeToCamel=false",
];

/** What the generated file says it was made of. */
export function stampOf(definitions: string): string {
  const hash = createHash("sha256");
  for (const part of [definitions, ...GENERATORS, ...OPTIONS]) hash.update(`${part}\n`);
  return hash.digest("hex").slice(0, 16);
}
