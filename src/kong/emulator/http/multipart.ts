// multipart/form-data: fields by name, as far as Kong reads and writes it.
import { Buffer } from "node:buffer";
import { type LuaString, toLuaString, toText } from "../lua/bytes.ts";
import { append } from "./header_list.ts";

/** The boundary in a media type's parameters. */
export function boundaryOf(type: string): string | undefined {
  const match = /boundary=(?:"([^"]*)"|([^;]*))/i.exec(type);
  return match?.[1] ?? match?.[2]?.trim();
}

/** Fields of a body; undefined if it is not what its boundary promises. */
export function parseMultipart(
  body: Uint8Array,
  boundary: string | undefined,
): Map<string, LuaString | LuaString[]> | undefined {
  if (!boundary) return undefined;
  const text = Buffer.from(body).toString("latin1");
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (parts.length < 2) return undefined;
  const fields = new Map<string, LuaString | LuaString[]>();
  for (const part of parts.slice(1)) {
    if (part.startsWith("--")) break;
    const at = part.indexOf("\r\n\r\n");
    const name = /^content-disposition:.*[;\s]name=(?:"([^"]*)"|([^;\s]*))/im.exec(
      part.slice(0, at),
    );
    if (at < 0 || !name) continue;
    const key = toText(toLuaString(Buffer.from(name[1] ?? name[2] ?? "", "latin1")));
    append<LuaString>(fields, key, toLuaString(Buffer.from(part.slice(at + 4), "latin1")));
  }
  return fields;
}

/** A body of fields, sorted by name. */
export function formatMultipart(
  fields: readonly (readonly [name: string, value: Uint8Array])[],
  boundary: string,
): Uint8Array {
  const sorted = [...fields].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  const parts = sorted.flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
    value,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}
