// kong.vault: secrets by reference. Only the vault `env` is there, as in a Kong without others.
import { isVaultReference, parseVaultReference, secretOf } from "../vault/reference.ts";
import { ANY, inPhases, table, text } from "./function.ts";

/** Functions of `kong.vault`. Nothing is cached, so `flush`, `update` and `warmup` change nothing. */
export const vault = inPhases(ANY, {
  "kong.vault.is_reference": (_, args) => isVaultReference(text(args[0], "the reference")),
  "kong.vault.parse_reference": (_, args) => parseVaultReference(text(args[0], "the reference")),
  "kong.vault.get": ({ node }, args) => secretOf(text(args[0], "the reference"), node),
  "kong.vault.update": (_, args) => table(args[0], "the options"),
  "kong.vault.flush": () => undefined,
  "kong.vault.warmup": (_, args) => void table(args[0], "the input"),
});
