// Asks the server that has a socket who it is.
import * as v from "valibot";
import { isNameBeside } from "../../../base/socket_file.ts";
import { codeOf, messageOf } from "../../../base/errors.ts";
import type { Runtime } from "../../../runtime/contract.ts";
import { socketInUse } from "../../../runtime/socket/stale.ts";
import { askStatus } from "../../protocol/ask.ts";
import type { Holder } from "./verdict.ts";

/** How long it may take to answer, in milliseconds: it may be busy. */
const ANSWER_MS = 5000;

/** What `lineageStatus` (status.ts) writes; only gibbon has a version. */
const GibbonStatus = v.object({
  Pid: v.number(),
  Version: v.string(),
  Starter: v.optional(v.object({ Pid: v.number(), StartTicks: v.number(), Name: v.string() })),
  Orphaned: v.optional(v.boolean(), false),
  Takeovers: v.optional(v.array(v.number()), []),
  Older: v.optional(v.array(v.pipe(v.string(), v.check(isNameBeside))), []),
});

/** A gibbon that has a socket. */
export interface HoldingGibbon extends Holder {
  readonly version: string;
}

/**
 * Asks.
 *
 * @throws {GibbonError} SOCKET_IN_USE if it is no gibbon, or does not say so
 * @throws what the runtime says where nobody listens: see `isGone`
 */
export async function askHolder(
  runtime: Pick<Runtime, "connect">,
  file: string,
): Promise<HoldingGibbon> {
  const reply = await askStatus(runtime, file, ANSWER_MS).catch((error) => {
    if (isGone(error)) throw error;
    // A full queue, or on Bun a server that closes at once what it accepts.
    throw socketInUse(`A server has ${file} and cannot be asked who it is: ${messageOf(error)}`);
  });
  if (reply.kind === "silence") {
    throw socketInUse(
      `A server takes connections on ${file} but does not say who it is within ${
        ANSWER_MS / 1000
      } s`,
      "If it hangs, stop it. Otherwise give this server another socket with --socket or --sock-name.",
    );
  }
  const found = reply.kind === "answer" && "status" in reply.value
    ? v.safeParse(GibbonStatus, reply.value.status)
    : undefined;
  if (!found?.success) throw socketInUse(`A server that is no gibbon answers on ${file}`);
  const { Pid: pid, Version: version, Starter, Orphaned, Takeovers, Older } = found.output;
  const starter = Starter &&
    { pid: Starter.Pid, startedAt: Starter.StartTicks, name: Starter.Name };
  return { pid, version, starter, orphaned: Orphaned, takeovers: Takeovers, older: Older };
}

/** Whether an error says that nobody listens, or that nothing is there. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ECONNREFUSED" || code === "ENOENT";
}

/** The same, with what is wrong in the place of an error. */
export async function findHolder(
  runtime: Pick<Runtime, "connect">,
  file: string,
): Promise<HoldingGibbon | { readonly problem: string }> {
  try {
    return await askHolder(runtime, file);
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
