// Makes a PDK call on an exchange, as Kong does when a plugin server asks for it.
import { GibbonError } from "../../base/errors.ts";
import type { PdkContext, PdkTable } from "./pdk/function.ts";
import { PDK } from "./pdk/table.ts";
import { fromWire } from "./lua/values.ts";

/**
 * Makes a call.
 *
 * @param method dotted name, as Kong has it
 * @param args as Lua got them; see `unpackArgs`
 * @param table the functions, if they are not Kong's
 * @returns the first value that Kong's function returns; undefined for a function that Kong does not
 * have, which also writes a line to its log
 * @throws {GibbonError} PDK_PHASE, PDK_ARGUMENT, PDK_FAILED where Kong's function raises
 * @throws {RequestExit} if the call ended the request
 */
export async function perform(
  context: PdkContext,
  method: string,
  args: readonly unknown[],
  table: PdkTable = PDK,
): Promise<unknown> {
  const { exchange, node, plugin, phase } = context;
  const found = Object.hasOwn(table, method) ? table[method] : undefined;
  if (!found) {
    node.log({
      level: "err",
      plugin: plugin.name,
      requestId: exchange.requestId,
      message: `could not find pdk method: ${method}`,
    });
    return undefined;
  }
  if (!found.phases.includes(phase)) {
    const where = found.phases.length > 0 ? found.phases.join(", ") : "phases inside of Kong";
    throw new GibbonError("PDK_PHASE", `${method} cannot be called in ${phase}, only in ${where}`);
  }
  try {
    return await found.run(context, args.map(fromWire));
  } catch (error) {
    if (!(error instanceof GibbonError)) throw error;
    throw new GibbonError(error.code, `${method}: ${error.message}`, { cause: error });
  }
}
