// Messages of ProtoBuf:1 as the recordings have them: arguments to make of them, results to expect.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fromHex } from "../../support/pieces.ts";
import { receivedText } from "./recordings.ts";

type Fields = Readonly<Record<string, unknown>>;

const textOf = (recorded: unknown): string => {
  if (typeof recorded === "string") return recorded;
  return receivedText(fromHex((recorded as { $string: string }).$string));
};

const numberOf = (recorded: unknown): number => {
  if (typeof recorded === "number") return recorded;
  const { $double } = recorded as { $double: string };
  return Number($double.replace("inf", "Infinity"));
};

const bytesOf = (recorded: unknown): Uint8Array => fromHex((recorded as { $bytes: string }).$bytes);

/** A google.protobuf.Value as the value that it stands for; an empty table is what `empty` makes. */
function valueOf(recorded: Fields, empty: () => unknown): unknown {
  const [[kind, value] = []] = Object.entries(recorded);
  switch (kind) {
    case undefined:
    case "$absent":
      return null;
    case "null_value":
      return undefined;
    case "string_value":
      return textOf(value);
    case "number_value":
      return numberOf(value);
    case "bool_value":
      return value;
    case "list_value":
      return listOf(value as Fields, empty);
    default:
      return structOf(value as Fields, empty);
  }
}

function listOf({ values = [] }: Fields, empty: () => unknown): unknown[] {
  return (values as Fields[]).map((item) => valueOf(item, empty));
}

function structOf({ fields }: Fields, empty: () => unknown): unknown {
  if (fields === undefined) return empty();
  return Object.fromEntries(
    Object.entries(fields as Fields).map(([key, item]) => [key, valueOf(item as Fields, empty)]),
  );
}

/** What a plugin gives to a PDK function so that the recorded message goes out. */
export function argumentsOf(type: string | undefined, decoded: unknown): unknown[] {
  const fields = decoded as Fields;
  const emptyMap = () => ({});
  switch (type?.split(".").at(-1)) {
    case "Empty":
      return [];
    case "String":
      return [textOf(fields.v)];
    case "Int":
    case "Bool":
      return "v" in fields ? [fields.v] : [];
    case "KV":
      return "v" in fields ? [fields.k, valueOf(fields.v as Fields, emptyMap)] : [fields.k];
    case "ListValue":
      return listOf(fields, emptyMap);
    case "Struct":
      return [structOf(fields, emptyMap)];
    case "Target":
      return [fields.host, fields.port];
    case "ConsumerSpec":
      return [fields.id, fields.by_username];
    case "AuthenticateArgs":
      return [fields.consumer, fields.credential];
    case "ExitArgs":
      return [
        fields.status ?? 0,
        fields.body && bytesOf(fields.body),
        fields.headers && structOf(fields.headers as Fields, emptyMap),
      ];
    default:
      // Bytes that are no message.
      return ["abc"];
  }
}

/** Asserts that a plugin got what Kong sent. */
export function assertResult(actual: unknown, type: string, decoded: unknown): void {
  const fields = decoded as Fields;
  const emptyList = () => [];
  switch (type.split(".").at(-1)) {
    case "Empty":
      return assert.equal(actual, undefined);
    case "String":
      return assertText(actual ?? "", "v" in fields ? fields.v : "");
    case "Int":
    case "Number":
      return assert.equal(actual ?? 0, "v" in fields ? numberOf(fields.v) : 0);
    case "Bool":
      return assert.equal(actual, fields.v);
    case "ByteString":
      return assert.deepEqual(actual, bytesOf(fields.v));
    case "Value":
      return assert.deepEqual(actual, valueOf(fields, emptyList));
    case "Struct":
      return assertMultimap(actual, structOf(fields, () => ({})) as Fields);
    case "RawBodyResult":
      return assertBody(actual, fields);
    case "UriCapturesResult":
      return assertCaptures(actual, fields);
    case "MemoryStats":
      return assert.deepEqual(actual, fields);
    default:
      return assertEntity(actual, fields);
  }
}

function assertText(actual: unknown, recorded: unknown): void {
  // A log record: whatever bytes a request had are in the midst of a text of JSON.
  if (typeof actual === "string" && actual.startsWith("{")) {
    const { $string } = recorded as { $string?: string };
    const text = $string === undefined ? recorded : new TextDecoder().decode(fromHex($string));
    return assert.equal(actual, text);
  }
  assert.equal(actual, textOf(recorded));
}

function assertMultimap(actual: unknown, table: Fields): void {
  const entries = Object.entries(table).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value];
    return [name, value === true ? [] : [value]];
  });
  assert.deepEqual(actual, Object.fromEntries(entries));
}

function assertBody(actual: unknown, { content, body_filepath }: Fields): void {
  if (body_filepath !== undefined) {
    assert.match(String(actual), new RegExp(`Kong has the body in ${body_filepath}: `));
    return;
  }
  assert.ok(actual instanceof Uint8Array);
  const { $bytes, $length, $sha256 } = content as Fields;
  if (typeof $bytes === "string") return assert.deepEqual([...actual], [...fromHex($bytes)]);
  assert.equal(actual.length, $length);
  assert.equal(createHash("sha256").update(actual).digest("hex"), $sha256);
}

function assertCaptures(actual: unknown, { named, unnamed }: Fields): void {
  const text = (bytes: unknown) => new TextDecoder().decode(bytesOf(bytes));
  assert.deepEqual(actual, {
    unnamed: (unnamed as unknown[]).map(text),
    named: Object.fromEntries(
      Object.entries(named as Fields).map(([name, group]) => [name, text(group)]),
    ),
  });
}

function assertEntity(actual: unknown, fields: Fields): void {
  if (Object.keys(fields).length === 0) return assert.equal(actual, undefined);
  const { retries, regex_priority, ...sent } = actual as Fields;
  const { retries: _r, regex_priority: _p, ...expected } = fields;
  assert.deepEqual(sent, expected);
  assert.equal(retries ?? 0, fields.retries ?? 0);
  assert.equal(regex_priority ?? 0, fields.regex_priority ?? 0);
}
