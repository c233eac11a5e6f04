// kong.ctx: what plugins keep with a request for each other.
import { isLuaString, toText } from "../lua/bytes.ts";
import { ANY, badArgument, inPhases } from "./function.ts";

const keyOf = (value: unknown) => isLuaString(value) ? toText(value) : value;

/** Functions of `kong.ctx`. */
export const ctx = inPhases(ANY, {
  "kong.ctx.shared.get": ({ exchange }, args) => exchange.shared.get(keyOf(args[0])),
  "kong.ctx.shared.set": ({ exchange }, args) => {
    if (args[0] === undefined) throw badArgument("the key", "given");
    if (args[1] === undefined) exchange.shared.delete(keyOf(args[0]));
    else exchange.shared.set(keyOf(args[0]), args[1]);
  },
});
