// --inspect: a debugger may look into the process, and may take its time.
import { GibbonError, messageOf } from "../base/errors.ts";
import { isLoopback, type NamedHost, readHost } from "../base/hosts.ts";
import type { Logger } from "../base/log.ts";
import type { Runtime } from "../runtime/contract.ts";
import { MAX_SECONDS, type OptionValues } from "./option_table.ts";

/** Where Node.js, and all that attaches to it, has a debugger. */
const ADDRESS = { name: "127.0.0.1", port: 9229 };

/** Whether a debugger is wanted. */
export function isDebugged({ inspect, inspectBrk }: OptionValues): boolean {
  return inspect === true || inspectBrk === true;
}

/**
 * Opens the process to a debugger if that is wanted. With --inspect-brk it waits until one is there: no
 * plugin has been loaded by then.
 *
 * @throws {GibbonError} OPTION_INVALID for an address that is none, or where something else listens
 */
export function allowDebugger(
  runtime: Pick<Runtime, "openDebugger">,
  options: OptionValues,
  log: Logger,
): void {
  if (!isDebugged(options)) return;
  const { name, port = ADDRESS.port } = addressOf(options.inspectAddress);
  if (!isLoopback(name)) {
    log.warn(`a debugger can be attached from elsewhere, at ${name}`, {
      remedy: "Whoever attaches one can run any code in this process. Leave --inspect-address out.",
    });
  }
  try {
    runtime.openDebugger(name, port, options.inspectBrk === true);
  } catch (error) {
    throw new GibbonError(
      "OPTION_INVALID",
      `No debugger can be attached at ${name}:${port}: ${messageOf(error)}`,
      { remedy: "Choose another port with --inspect-address.", cause: error },
    );
  }
}

function addressOf(given: string | undefined): Pick<NamedHost, "name" | "port"> {
  if (given === undefined) return ADDRESS;
  if (/^\d+$/.test(given)) return { name: ADDRESS.name, port: Number(given) };
  const host = readHost(given);
  if (host) return host;
  throw new GibbonError("OPTION_INVALID", `--inspect-address: ${given} is no address`, {
    remedy: "Give a port, such as 9230, or HOST:PORT.",
  });
}

/**
 * The options of a server that is debugged: nothing runs out of time while somebody looks at it, and
 * plugins run in the one process that the debugger sees.
 *
 * @throws {GibbonError} OPTION_INVALID for a number of workers beside it
 */
export function debugged(options: OptionValues): OptionValues {
  if (!isDebugged(options)) return options;
  if (options.workers !== undefined && options.workers !== 0) {
    throw new GibbonError("OPTION_INVALID", "--inspect and --workers go not together", {
      remedy: "Leave --workers out: what is debugged is one process, as with --workers 0.",
    });
  }
  return {
    ...options,
    workers: 0,
    deadline: options.deadline ?? MAX_SECONDS,
    workerTimeout: options.workerTimeout ?? MAX_SECONDS,
  };
}
