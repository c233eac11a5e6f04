// A reader for the YAML that gibbon writes: maps and lists in blocks, JSON's scalars, documents.

interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Reads documents; throws at whatever is not of this kind. */
export function parseYaml(text: string): unknown[] {
  return text.split(/^---\n/m).map((document) => {
    const lines = document.trimEnd().split("\n").map((line): Line => {
      const content = line.trimStart();
      return { indent: line.length - content.length, text: content };
    });
    const value = readBlock(lines, lines[0]!.indent);
    if (lines.length > 0) throw new Error(`what is this: ${lines[0]!.text}`);
    return value;
  });
}

function readBlock(lines: Line[], indent: number): unknown {
  return /^-(?: |$)/.test(lines[0]!.text) ? readList(lines, indent) : readMap(lines, indent);
}

function readList(lines: Line[], indent: number): unknown[] {
  const list: unknown[] = [];
  while (lines[0]?.indent === indent && lines[0].text.startsWith("- ")) {
    const inner = { indent: indent + 2, text: lines[0].text.slice(2) };
    lines[0] = inner;
    list.push(isEntry(inner.text) ? readBlock(lines, indent + 2) : readScalar(lines.shift()!.text));
  }
  return list;
}

function readMap(lines: Line[], indent: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  while (lines[0]?.indent === indent && isEntry(lines[0].text) && !lines[0].text.startsWith("- ")) {
    const [, name, value] = ENTRY.exec(lines.shift()!.text)!;
    const key = name!.startsWith('"') ? JSON.parse(name!) : name!;
    if (Object.hasOwn(map, key)) throw new Error(`twice: ${key}`);
    if (value !== undefined) map[key] = readScalar(value);
    else if (lines[0]!.indent > indent) map[key] = readBlock(lines, lines[0]!.indent);
    else throw new Error(`nothing below ${key}`);
  }
  return map;
}

const ENTRY = /^("(?:[^"\\]|\\.)*"|[A-Za-z_][\w.-]*):(?: (.*))?$/;

function isEntry(text: string): boolean {
  return text.startsWith("- ") || ENTRY.test(text);
}

/** A text in double quotes, a number, a boolean, or an empty map or list: all of them JSON. */
function readScalar(text: string): unknown {
  return JSON.parse(text);
}
