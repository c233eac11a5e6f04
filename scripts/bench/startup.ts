// How long a server takes to its first answer, and to dump a plugin's description.
import { connect } from "node:net";
import { capture } from "../command.ts";
import { request } from "./messages.ts";
import { median, show, table } from "./numbers.ts";
import { type Server, start, stop } from "./servers.ts";

/** A server's medians and worst cases, in milliseconds. */
export interface Startup {
  readonly server: string;
  readonly firstAnswer: number;
  readonly firstAnswerWorst: number;
  readonly dump: number;
  readonly dumpWorst: number;
}

/** Starts each server a few times, in turn. Those that cannot dump are left out. */
export async function compareStartup(
  servers: readonly Server[],
  directory: string,
  times: number,
): Promise<Startup[]> {
  const answers = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
  const dumps = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < times; round++) {
    for (const server of servers) {
      if (!server.dump) continue;
      console.error(`start ${round + 1} of ${times}: ${server.name}`);
      answers.get(server.name)?.push(await timeFirstAnswer(server, directory));
      dumps.get(server.name)?.push(await timeDump(server.dump()));
    }
  }
  return servers.filter(({ dump }) => dump).map(({ name }) => {
    const [firstAnswers, ofDumps] = [answers.get(name) ?? [], dumps.get(name) ?? []];
    return {
      server: name,
      firstAnswer: median(firstAnswers),
      firstAnswerWorst: Math.max(...firstAnswers),
      dump: median(ofDumps),
      dumpWorst: Math.max(...ofDumps),
    };
  });
}

/** From the start of the process to an answer to GetStatus. */
async function timeFirstAnswer(server: Server, directory: string): Promise<number> {
  const startedAt = performance.now();
  const running = await start(server, `${directory}/start.sock`);
  try {
    await askStatus(running.socket);
    return performance.now() - startedAt;
  } finally {
    await stop(running);
  }
}

function askStatus(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(request("GetStatus", undefined)));
    socket.on("data", (bytes) => {
      if (!bytes.includes("Plugins")) return;
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

async function timeDump([command, ...args]: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const { code, stdout, stderr } = await capture(command ?? "", args);
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return ms;
}

/** The results for people. */
export function startupTable(results: readonly Startup[]): string {
  return table(
    ["server", "first answer ms", "worst", "dump ms", "worst"],
    results.map(({ server, firstAnswer, firstAnswerWorst, dump, dumpWorst }) => [
      server,
      show(firstAnswer),
      show(firstAnswerWorst),
      show(dump),
      show(dumpWorst),
    ]),
  );
}
