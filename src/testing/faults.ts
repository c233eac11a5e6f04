// The PDK of a test's Kong: Kong's functions, of which some fail, give something else, or come late.
import { GibbonError } from "../base/errors.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import type { ActedFunction, PdkTable } from "../kong/emulator/pdk/function.ts";
import type { PdkFault, PdkFaults } from "./options.ts";
import { checkOptions } from "./option_checks.ts";
import { pdkMethod } from "./pdk_names.ts";

/** Faults by Kong's names of the functions. */
type Faults = ReadonlyMap<string, PdkFault>;

/**
 * Reads faults.
 *
 * @throws {GibbonError} OPTION_INVALID for a function that the PDK does not have
 */
export function readFaults(faults: PdkFaults = {}): Faults {
  return new Map(
    Object.entries(faults).map(([name, fault]) => {
      checkOptions("a PDK call's fault", fault);
      return [pdkMethod(name), fault];
    }),
  );
}

/** Has faults happen, each in the exchanges that it is for. */
export class FaultyPdk {
  readonly #everywhere: Faults;
  readonly #ofExchanges = new WeakMap<Exchange, Faults>();
  readonly #late: (ms: number) => Promise<void>;

  /**
   * @param everywhere faults of all exchanges
   * @param late settles so many milliseconds later
   */
  constructor(everywhere: Faults, late: (ms: number) => Promise<void>) {
    this.#everywhere = everywhere;
    this.#late = late;
  }

  /** Has faults happen in one exchange. */
  add(exchange: Exchange, faults: Faults): void {
    this.#ofExchanges.set(exchange, faults);
  }

  /** Whether anything fails, or gives something else, in an exchange. */
  isFaulty(exchange: Exchange): boolean {
    return this.#everywhere.size > 0 || (this.#ofExchanges.get(exchange)?.size ?? 0) > 0;
  }

  /** The functions, with their faults. */
  table(functions: PdkTable): PdkTable {
    return Object.fromEntries(
      Object.entries(functions).map(([method, acted]) => [method, this.#wrap(method, acted)]),
    );
  }

  #wrap(method: string, { phases, run }: ActedFunction): ActedFunction {
    return {
      phases,
      run: async (context, args) => {
        const fault = this.#ofExchanges.get(context.exchange)?.get(method) ??
          this.#everywhere.get(method);
        if (!fault) return await run(context, args);
        if (fault.lateMs !== undefined) await this.#late(fault.lateMs);
        if (fault.fails !== undefined) throw new GibbonError("PDK_FAILED", fault.fails);
        return "gives" in fault ? fault.gives : await run(context, args);
      },
    };
  }
}
