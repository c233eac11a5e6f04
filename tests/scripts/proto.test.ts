// The protobuf definitions are Kong's, and the generated codecs are those of the definitions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DEFINITIONS, GENERATED, stampOf } from "../../scripts/proto.ts";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

interface Field {
  readonly number: number;
  readonly type: string;
  readonly oneof?: string;
}

type Messages = Record<string, Record<string, Field>>;

/** Reads the definitions; messages inside of others have both names. */
function parse(definitions: string): Messages {
  const messages: Messages = {};
  const open: string[] = [];
  let oneof: string | undefined;
  for (const line of definitions.split("\n").map((line) => line.replace(/\/\/.*/, "").trim())) {
    const [, kind, name, closed] = /^(message|oneof) (\w+) \{(\})?$/.exec(line) ?? [];
    const field = /^(?:optional )?((?:repeated )?[\w.]+) (\w+) = (\d+);$/.exec(line);
    if (kind === "message") messages[[...open, name].join(".")] = {};
    if (kind === "oneof") oneof = name;
    else if (kind === "message" && !closed) open.push(name!);
    else if (line === "}" && oneof) oneof = undefined;
    else if (line === "}") open.pop();
    else if (field) {
      const [, type, fieldName, number] = field as unknown as [string, string, string, string];
      const choice = oneof === undefined ? {} : { oneof };
      messages[open.join(".")]![fieldName] = { number: Number(number), type, ...choice };
    }
  }
  return messages;
}

/** Kong's types that are written another way, with the same bytes. */
const WRITTEN: Readonly<Record<string, string>> = {
  "google.protobuf.Value": "Value",
  "google.protobuf.Struct": "Struct",
  "ServiceKey": "EntityKey",
  "CertificateKey": "EntityKey",
  "map<string, bytes>": "repeated Capture",
};

describe("the protobuf definitions", () => {
  const ours = parse(read(DEFINITIONS));
  const kongs: Messages = JSON.parse(read("tests/kong/data/pluginsocket.json"));
  // Not used by anything, and the two that are written as one.
  const left = ["PdkArg", "PdkCall", "PdkReturn", "StringMap", "ServiceKey", "CertificateKey"];

  test("have every message of Kong's that travels", () => {
    const names = Object.keys(kongs).filter((name) => !left.includes(name));
    for (const name of names) assert.ok(ours[name], name);
    assert.ok(names.length > 30);
  });

  for (const [name, fields] of Object.entries(kongs)) {
    if (left.includes(name)) continue;
    test(`have ${name} as Kong has it`, () => {
      const written = Object.entries(fields).map(([field, { type, ...rest }]) => {
        const [, many = "", plain = ""] = /^(repeated )?(?:.*\.)?(\w+|.+)$/.exec(type) ?? [];
        return [field, { ...rest, type: WRITTEN[type] ?? many + plain }];
      });
      const expected = Object.fromEntries(written);
      // Kong never fills it.
      if (name === "Route") delete expected.headers;
      assert.deepEqual(ours[name], expected);
    });
  }
});

test("the generated codecs are not older than the definitions", () => {
  const stamp = /stamp ([0-9a-f]+)/.exec(read(GENERATED))?.[1];
  assert.equal(stamp, stampOf(read(DEFINITIONS)), "run `deno task proto`");
});
