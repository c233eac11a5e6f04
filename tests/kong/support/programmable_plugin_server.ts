// A plugin server of which a test says how it answers, on a real socket.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { detectRuntime } from "../../../src/runtime/detect.ts";
import type { Connection } from "../../../src/runtime/contract.ts";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { makeFolder } from "../../support/folder.ts";

/** A request as it came in. */
export interface ReceivedRequest {
  /** Number of the connection, from 1 on. */
  readonly connection: number;
  readonly id: number;
  readonly method: string;
  readonly argument: Record<string, unknown>;
  /** Answers it. */
  result(value: unknown): void;
  error(text: string): void;
}

/** Starts a server. `answer` gets every request. */
export async function startProgrammable(answer: (request: ReceivedRequest) => void) {
  const runtime = await detectRuntime();
  const folder = (await makeFolder()).path;
  const path = join(folder, "server.sock");
  const open = new Set<Connection>();
  let connections = 0;
  const listener = await runtime.listen(path, (connection) => {
    const number = ++connections;
    open.add(connection);
    const reader = new MessageReader({ messageBytes: 1 << 20, nesting: 64 });
    return {
      data: (bytes) => {
        reader.push(bytes);
        for (let message = reader.next(); message; message = reader.next()) {
          const [, id, method, [argument]] = message.value as [0, number, string, [never]];
          const reply = (error: unknown, result: unknown) =>
            connection.write(encode([1, id, error, result]));
          answer({
            connection: number,
            id,
            method,
            argument,
            result: (value) => reply(null, value),
            error: (text) => reply(text, null),
          });
        }
      },
      closed: () => open.delete(connection),
    };
  });
  return {
    runtime,
    path,
    /** Connections that are open now, and that were opened ever. */
    open: () => open.size,
    opened: () => connections,
    close: async () => {
      for (const connection of open) connection.destroy();
      await listener.close();
      await rm(folder, { recursive: true });
    },
  };
}

export { until } from "../../support/until.ts";
