// A round of a server: a hundred conversations, some of them at once, which a seed stands for.
import { Violation } from "../examine.ts";
import { ROUND, type RoundResult } from "../round.ts";
import { openGateway } from "./gateway.ts";
import { type Protocol, type Script, scriptsOf } from "./script.ts";

/** Conversations at once. */
const LANES = 16;

/** Where conversations are held. */
export interface Stage {
  readonly socket: string;
  readonly protocol: Protocol;
  /** How long the server may take for an answer, in milliseconds. */
  readonly patienceMs: number;
}

/** Name of a server among what is fuzzed. */
export const serverName = (protocol: Protocol): string => `server-${protocol}`;

/** Holds the conversations that a seed stands for. */
export async function playRound(stage: Stage, seed: number): Promise<RoundResult> {
  const scripts = scriptsOf(stage.protocol, seed, ROUND).entries();
  let accepted = 0;
  let problem: string | undefined;
  const lane = async () => {
    for (const [index, script] of scripts) {
      if (problem !== undefined) return;
      try {
        await play(stage, script);
        accepted++;
      } catch (error) {
        problem ??= `conversation ${index}: ${textOf(error)}`;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const result = { accepted, refused: 0 };
  if (problem === undefined) return result;
  return { ...result, failure: { decoder: serverName(stage.protocol), seed, problem, input: "" } };
}

function textOf(error: unknown): string {
  return error instanceof Violation ? error.message : String((error as Error).stack ?? error);
}

async function play({ socket, protocol, patienceMs }: Stage, script: Script): Promise<void> {
  const gateway = await openGateway(socket, protocol, patienceMs);
  try {
    if (script.events.length > 0) {
      const instance = await gateway.start(script.plugin);
      for (const event of script.events) {
        if (!await gateway.event(instance, event)) break;
      }
    }
    for (const bytes of script.noise) gateway.send(bytes);
    if (script.ending === "end") await gateway.end();
  } finally {
    gateway.destroy();
  }
}
