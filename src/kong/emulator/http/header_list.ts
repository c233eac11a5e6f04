// A list of header lines as nginx keeps it: in order, repeated names and all.
import { fromLine, type LuaString } from "../lua/bytes.ts";

/** A name and a value, both with one character a byte. */
export type HeaderLine = readonly [name: string, value: string];

/** Control characters as nginx writes them: nothing that is set can begin a new line. */
function escapeControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0a-\x1f\x7f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Characters that no header name can have, escaped as nginx does it. */
function escapeName(name: string): string {
  return name.replace(
    /[^!#$%&'*+.^_`|~0-9A-Za-z-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Names that `get` takes for one: case does not count, and `_` stands for `-`. */
const loose = (name: string) => name.toLowerCase().replaceAll("_", "-");

/** Header lines of a request or a response. */
export class HeaderList {
  #lines: HeaderLine[];

  constructor(lines: Iterable<HeaderLine> = []) {
    this.#lines = [...lines];
  }

  get lines(): readonly HeaderLine[] {
    return this.#lines;
  }

  /** The first value; `x_custom` finds `X-Custom` too. */
  get(name: string): string | undefined {
    const wanted = loose(name);
    return this.#lines.find(([other]) => loose(other) === wanted)?.[1];
  }

  /** The values of a name, exact but for its case. */
  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#lines.filter(([other]) => other.toLowerCase() === wanted).map(([, value]) =>
      value
    );
  }

  /** Puts lines in the place of those that have the name. */
  set(name: string, values: readonly string[]): void {
    const wanted = name.toLowerCase();
    const at = this.#lines.findIndex(([other]) => other.toLowerCase() === wanted);
    const lines = values.map((value): HeaderLine => [escapeName(name), escapeControls(value)]);
    const rest = this.#lines.filter(([other]) => other.toLowerCase() !== wanted);
    rest.splice(at < 0 ? rest.length : at, 0, ...lines);
    this.#lines = rest;
  }

  /** Adds lines behind all others. */
  add(name: string, values: readonly string[]): void {
    for (const value of values) this.#lines.push([escapeName(name), escapeControls(value)]);
  }

  /** Takes away all lines of a name, whatever its case. */
  remove(name: string): void {
    const wanted = name.toLowerCase();
    this.#lines = this.#lines.filter(([other]) => other.toLowerCase() !== wanted);
  }

  /**
   * The table that Kong gives to plugins: names in lower case, a list where a name comes twice.
   *
   * @param max how many lines count
   */
  toTable(max: number): Map<string, LuaString | LuaString[]> {
    const table = new Map<string, LuaString | LuaString[]>();
    for (const [name, line] of this.#lines.slice(0, max)) {
      append(table, name.toLowerCase(), fromLine(line));
    }
    return table;
  }
}

/** Puts a value into a table in which a name that comes twice has a list. */
export function append<Value>(
  table: Map<string, Value | Value[]>,
  name: string,
  value: Value,
): void {
  const old = table.get(name);
  if (old === undefined) table.set(name, value);
  else if (Array.isArray(old)) old.push(value);
  else table.set(name, [old, value]);
}
