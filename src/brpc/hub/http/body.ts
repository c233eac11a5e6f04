// The body of a request: JSON's text, no longer than a message to a plugin may be.
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { HttpProblem } from "./answers.ts";

/**
 * Reads a body.
 *
 * @param longest in bytes
 * @returns JSON's text; empty for none
 * @throws {HttpProblem} 413 or 400
 */
export async function readJson(request: IncomingMessage, longest: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // The rest is read and forgotten: the answer is to reach whoever sends it.
    if (length <= longest) chunks.push(chunk);
  }
  if (length > longest) {
    throw new HttpProblem(413, `a body of ${length} bytes; ${longest} are the limit`);
  }
  const text = Buffer.concat(chunks).toString();
  try {
    if (text !== "") JSON.parse(text);
  } catch {
    throw new HttpProblem(400, "the body is no JSON");
  }
  return text;
}
