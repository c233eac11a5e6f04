// The fields of a message, by kind. What is left out, or nil, has Go's zero value.

/** A decoded map. */
export type WireMap = Readonly<Record<string, unknown>>;

const EMPTY = new Uint8Array(0);

/** Whether a decoded value is a map. */
export function isMap(value: unknown): value is WireMap {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

function wrong(key: string, kind: string): never {
  throw new TypeError(`${key} is no ${kind}`);
}

/** @throws {TypeError} if it is anything but text */
export function text(wire: WireMap, key: string): string {
  const value = wire[key] ?? "";
  return typeof value === "string" ? value : wrong(key, "text");
}

/** @throws {TypeError} if it is anything but a flag */
export function bool(wire: WireMap, key: string): boolean {
  const value = wire[key] ?? false;
  return typeof value === "boolean" ? value : wrong(key, "flag");
}

/** @throws {TypeError} if it is anything but a number */
export function float(wire: WireMap, key: string): number {
  const value = wire[key] ?? 0;
  if (typeof value === "number") return value;
  return typeof value === "bigint" ? Number(value) : wrong(key, "number");
}

/**
 * An integer of 64 bits, or the nearest number: nobody counts bytes beyond 2^53.
 *
 * @throws {TypeError} if it is anything but an integer
 */
export function int(wire: WireMap, key: string): number {
  const value = float(wire, key);
  return Number.isInteger(value) ? value : wrong(key, "integer");
}

/** @throws {TypeError} if it is anything but bin */
export function bytes(wire: WireMap, key: string): Uint8Array {
  const value = wire[key] ?? EMPTY;
  return value instanceof Uint8Array ? value : wrong(key, "bin");
}

/** @throws {TypeError} if it is anything but a map */
export function map(wire: WireMap, key: string): WireMap {
  return maybeMap(wire, key) ?? wrong(key, "map");
}

/** @throws {TypeError} if it is there, and anything but a map */
export function maybeMap(wire: WireMap, key: string): WireMap | undefined {
  const value = wire[key] ?? undefined;
  return value === undefined || isMap(value) ? value : wrong(key, "map");
}

/** @throws {TypeError} if it is anything but a map of texts */
export function textMap(wire: WireMap, key: string): Readonly<Record<string, string>> {
  const value = maybeMap(wire, key) ?? {};
  for (const name in value) if (typeof value[name] !== "string") wrong(key, "map of texts");
  return value as Readonly<Record<string, string>>;
}

/** @throws {TypeError} if it is anything but an array of texts */
export function texts(wire: WireMap, key: string): readonly string[] {
  const value = wire[key] ?? [];
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
  return isTexts ? value : wrong(key, "array of texts");
}
