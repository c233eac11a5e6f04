// gibbon health: whether a plugin server answers on its socket, for probes that run a program.
import { checkServer } from "../kong/doctor/server.ts";
import type { CommandContext } from "./context.ts";
import { socketPath } from "./socket_options.ts";

/** How long a server may take to answer, in seconds: probes have 1 s, unless told otherwise. */
const ANSWER_SECONDS = 1;

/**
 * Asks the server in Kong's own protocol, and prints one line.
 *
 * @returns the exit code: 0 if it is well, else 1
 */
export async function run({ runtime, options, output }: CommandContext): Promise<number> {
  const { findings, status } = await checkServer({
    runtime,
    path: socketPath(options),
    timeoutMs: (options.timeout ?? ANSWER_SECONDS) * 1000,
    expected: new Set(),
  });
  const problem = findings.find(({ state }) => state === "problem");
  const plugins = Object.keys(status?.Plugins ?? {});
  const bad = problem
    ? `${problem.subject}: ${problem.text}. ${problem.remedy ?? ""}`.trimEnd()
    : plugins.length === 0
    ? `${socketPath(options)}: it answers, and serves no plugin`
    : undefined;
  await output.data(
    bad === undefined ? `healthy: ${plugins.join(", ")}\n` : `unhealthy: ${bad}\n`,
  );
  return bad === undefined ? 0 : 1;
}
