// MessagePack as Kong's packer, written in Lua, puts it: its own choice of formats.
import { GibbonError } from "../../../base/errors.ts";
import { isLuaString, luaBytes } from "./bytes.ts";
import { luaType } from "./values.ts";

/**
 * A string that goes out as bin; all others go out as str. It may hold anything, like its model in
 * Kong: that it is no string shows when it is packed.
 */
export class Bin {
  readonly content: unknown;
  constructor(content: unknown) {
    this.content = content;
  }
}

/** From here on Lua's packer takes a whole number for a fraction. */
const FLOAT_FROM = 2 ** 53 - 1;

/**
 * Packs a value: whole numbers as integers of the shortest format, unsigned if not negative, text of
 * 32 bytes and more never as str 8, an empty table as an array. A Map is a map, empty or not; an
 * array with holes is a map with the keys 1, 2 ...
 *
 * @throws {GibbonError} PDK_FAILED for what Lua's packer does not know, such as functions
 */
export function pack(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  packInto(parts, value);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function packInto(parts: Uint8Array[], value: unknown): void {
  if (value === undefined || value === null) parts.push(Uint8Array.of(0xc0));
  else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === "number") parts.push(packNumber(value));
  else if (isLuaString(value)) packString(parts, luaBytes(value));
  else if (value instanceof Bin) packBin(parts, value.content);
  else if (value instanceof Map) packMap(parts, [...value]);
  else if (Array.isArray(value)) packArray(parts, value);
  else if (typeof value === "object") packTable(parts, value);
  else throw new GibbonError("PDK_FAILED", `a ${typeof value} cannot be packed`);
}

function packArray(parts: Uint8Array[], list: readonly unknown[]): void {
  if (list.includes(undefined)) {
    const entries = list.map((item, index): [unknown, unknown] => [index + 1, item]);
    return packMap(parts, entries);
  }
  parts.push(head(list.length, { fix: 0x90, fixMax: 15, wide: 0xdc }));
  for (const item of list) packInto(parts, item);
}

function packTable(parts: Uint8Array[], table: object): void {
  const entries = Object.entries(table).filter(([, item]) => item !== undefined);
  if (entries.length === 0) packArray(parts, []);
  else packMap(parts, entries);
}

function packMap(parts: Uint8Array[], entries: readonly (readonly [unknown, unknown])[]): void {
  const kept = entries.filter(([, item]) => item !== undefined);
  parts.push(head(kept.length, { fix: 0x80, fixMax: 15, wide: 0xde }));
  for (const [key, item] of kept) {
    packInto(parts, key);
    packInto(parts, item);
  }
}

function packString(parts: Uint8Array[], bytes: Uint8Array): void {
  parts.push(head(bytes.length, { fix: 0xa0, fixMax: 31, wide: 0xda }), bytes);
}

function packBin(parts: Uint8Array[], content: unknown): void {
  if (!isLuaString(content)) {
    throw new GibbonError("PDK_FAILED", `a ${luaType(content)} cannot be packed as bytes`);
  }
  const bytes = luaBytes(content);
  const { length } = bytes;
  parts.push(length <= 0xff ? unsigned(0xc4, length, 1) : head(length, { wide: 0xc5 }), bytes);
}

/** The head of a value of so many bytes or elements: short, 16 bits (`wide`), or 32 (the next). */
function head(
  length: number,
  formats: { readonly fix?: number; readonly fixMax?: number; readonly wide: number },
): Uint8Array {
  const { fix, fixMax, wide } = formats;
  if (fix !== undefined && fixMax !== undefined && length <= fixMax) {
    return Uint8Array.of(fix | length);
  }
  return length <= 0xffff ? unsigned(wide, length, 2) : unsigned(wide + 1, length, 4);
}

function packNumber(value: number): Uint8Array {
  // The NaN that LuaJIT computes has its sign set.
  if (Number.isNaN(value)) return wide(0xcb, (view) => view.setBigUint64(1, 0xfff8n << 48n));
  if (!Number.isInteger(value) || Math.abs(value) >= FLOAT_FROM) return float(value);
  return value >= 0 ? packUnsigned(value) : packNegative(value);
}

function packUnsigned(value: number): Uint8Array {
  if (value <= 0x7f) return Uint8Array.of(value);
  if (value <= 0xff) return unsigned(0xcc, value, 1);
  if (value <= 0xffff) return unsigned(0xcd, value, 2);
  if (value <= 0xffff_ffff) return unsigned(0xce, value, 4);
  return wide(0xcf, (view) => view.setBigUint64(1, BigInt(value)));
}

function packNegative(value: number): Uint8Array {
  if (value >= -0x20) return Uint8Array.of(value & 0xff);
  if (value >= -0x80) return unsigned(0xd0, value + 0x100, 1);
  if (value >= -0x8000) return unsigned(0xd1, value + 0x1_0000, 2);
  if (value >= -0x8000_0000) return unsigned(0xd2, value + 0x1_0000_0000, 4);
  return wide(0xd3, (view) => view.setBigInt64(1, BigInt(value)));
}

function float(value: number): Uint8Array {
  return wide(0xcb, (view) => view.setFloat64(1, value));
}

/** A format byte and a big-endian number of so many bytes. */
function unsigned(format: number, value: number, width: number): Uint8Array {
  const bytes = new Uint8Array(1 + width);
  bytes[0] = format;
  for (let i = width; i > 0; i--) {
    bytes[i] = value % 256;
    value = Math.floor(value / 256);
  }
  return bytes;
}

function wide(format: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = format;
  fill(new DataView(bytes.buffer));
  return bytes;
}
