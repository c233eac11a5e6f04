// Values as YAML: maps and lists in blocks, and every text in double quotes, as JSON writes it.

/** What can be written: no more than manifests need. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [name: string]: YamlValue };

/** Names that are plain text in any version of YAML. */
const PLAIN_NAME = /^[A-Za-z_][\w.-]*$/;
/** Words that some versions of YAML take for a boolean or for nothing. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A document. */
export function toYaml(value: YamlValue): string {
  return `${block(value, "").trimStart()}\n`;
}

/** A value behind its name or dash: on the same line, or indented below. */
function block(value: YamlValue, indent: string): string {
  if (typeof value !== "object" || value === null) return ` ${scalar(value)}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return " []";
    return value.map((item) => `\n${indent}-${listItem(item, indent)}`).join("");
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return " {}";
  return entries.map(([name, item]) => {
    const below = typeof item === "object" && item !== null ? `${indent}  ` : indent;
    return `\n${indent}${nameOf(name)}:${block(item, below)}`;
  }).join("");
}

/** An item of a list: the first line of a map stands behind the dash. */
function listItem(item: YamlValue, indent: string): string {
  const text = block(item, `${indent}  `);
  return text.startsWith("\n") ? ` ${text.trimStart()}` : text;
}

/** JSON's texts are YAML's; characters that YAML takes for the end of a line are escaped. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function nameOf(name: string): string {
  return PLAIN_NAME.test(name) && !RESERVED.test(name) ? name : scalar(name);
}
