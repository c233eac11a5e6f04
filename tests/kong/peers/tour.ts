// The plugin that gibbon is compared with Kong's Go servers by: how Kong answers its calls.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startProcess } from "../../support/process.ts";
import { until } from "../../support/until.ts";

/** The folder that it is in. */
export const TOUR_FOLDER = fileURLToPath(new URL("plugins", import.meta.url));

/** Its configuration. */
export const TOUR_CONFIG = { greeting: "hello", names: ["a"], limit: 2.5 };

/** The requests that it is run on: a phase and a path, which tells the plugin what to do. */
export const TOURS: readonly [phase: string, path: string][] = [
  ["access", "/tour"],
  ["access", "/deny"],
  ["log", "/tour"],
];

/** What Kong gives for its calls, by method; nothing for the others. */
export function tourAnswers(path: string): Readonly<Record<string, unknown>> {
  return {
    "kong.request.get_path": path,
    "kong.request.get_method": "POST",
    "kong.request.get_port": 8000,
    "kong.request.get_query": { q: ["one", "two"] },
    "kong.request.get_headers": { accept: ["a/b", "c/d"] },
    "kong.request.get_raw_body": "the body",
    "kong.client.get_consumer": { id: "2f1b0a5e-7b1c-4c58-9d51-0a7a5f6f9a11", username: "ann" },
    "kong.ctx.shared.get": "ann",
    "kong.response.get_status": 200,
  };
}

/**
 * Reads a dump. The least length of a text is left out where it is 1, which Kong takes anyway: in Go
 * nothing can be said of a text but that it is one.
 */
export function parseDump(text: string) {
  return JSON.parse(text, (key, value) => key === "len_min" && value === 1 ? undefined : value);
}

/** A program that serves on a socket. */
export interface Peer {
  readonly socket: string;
  /** Settles when the program is gone. */
  readonly gone: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Starts a program, and waits for its socket. */
export async function startPeer(command: readonly string[], socket: string): Promise<Peer> {
  const started = startProcess(command);
  await until(() => existsSync(socket) || started.hasEnded);
  if (started.hasEnded) throw new Error(`${command.join(" ")} ended:\n${started.stderr()}`);
  return { socket, gone: started.ended, stop: () => started.kill() };
}
