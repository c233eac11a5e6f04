// GET /async: async values as server-sent events, no faster than they are read.
import type { ServerResponse } from "node:http";
import type { AsyncData } from "../../messages.ts";
import type { Hub } from "../hub.ts";

/** How often a comment shows that the connection is alive, in milliseconds. */
const COMMENT_MS = 15_000;

/** The head of the answer. */
export const EVENT_HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** Writes async values until the reader leaves or the hub is shut down. */
export async function sendEvents(socket: Hub, response: ServerResponse): Promise<void> {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const values = socket.asyncJson(left.signal);
  response.writeHead(200, EVENT_HEADERS);
  response.write(": connected\n\n");
  const comments = setInterval(() => {
    if (!response.writableNeedDrain) response.write(":\n\n");
  }, COMMENT_MS);
  try {
    for await (const value of values) {
      const isFull = !response.write(`data: ${asJson(value)}\n\n`);
      if (isFull) await drained(response, left.signal);
    }
  } finally {
    clearInterval(comments);
    response.end();
  }
}

/** On one line: JSON has line breaks between its values only, where a space does as well. */
function asJson({ name, payload }: AsyncData<string>): string {
  return `{"name":${JSON.stringify(name)},"payload":${payload.replaceAll(/[\r\n]+/g, " ")}}`;
}

/** Settles when the reader has caught up, or left. */
function drained(response: ServerResponse, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      left.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    left.addEventListener("abort", done, { once: true });
    if (left.aborted) done();
  });
}
