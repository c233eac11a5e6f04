// The service that is there without any: it answers with what reached it.
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { HeaderList } from "../kong/emulator/http/header_list.ts";
import { parseArguments } from "../kong/emulator/http/query.ts";
import { fromLine, isLuaString, toLuaString, toText } from "../kong/emulator/lua/bytes.ts";
import type { ServiceAnswer, ServiceRequest } from "./service.ts";

/** Its place; no name that DNS knows. */
export const ECHO_URL = new URL("http://echo.invalid/");

const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shown);
  return isLuaString(value) ? toText(value) : value;
};

const objectOf = (table: Map<string, unknown>) =>
  Object.fromEntries([...table].map(([name, value]) => [name, shown(value)]));

/** Answers with JSON: method, path, query, headers and body as they would reach a service. */
export function echo(request: ServiceRequest): ServiceAnswer {
  const [path = "/", ...query] = request.target.split("?");
  const body = toLuaString(request.body);
  const content = {
    method: request.method,
    path: shown(fromLine(path)),
    query: objectOf(parseArguments(query.join("?"), 1000)),
    headers: objectOf(request.headers.toTable(1000)),
    body: typeof body === "string" ? body : { base64: Buffer.from(body).toString("base64") },
  };
  const bytes = Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
  const headers = new HeaderList([
    ["Content-Type", "application/json; charset=utf-8"],
    ["Content-Length", String(bytes.length)],
  ]);
  const empty = request.method === "HEAD";
  return { status: 200, headers, body: Readable.from(empty ? [] : [bytes]) };
}
