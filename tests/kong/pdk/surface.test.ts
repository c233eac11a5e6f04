// The PDK's surface against Kong's, as data: the same functions, parameters, phases and versions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CARRIED_FUNCTIONS } from "../../../src/kong/protocol/protobuf/functions.ts";
import { PHASES } from "../../../src/kong/engine/phases.ts";
import { PDK_FUNCTIONS, type PdkFunction } from "../../../src/kong/pdk/functions.ts";
import { createKong } from "../../../src/kong/pdk/kong.ts";
import { camelCase, recordingEvent } from "../support/pdk.ts";
import { type FunctionFacts, readCallable } from "../support/pdk_facts.ts";

/** What there is beside Kong's functions. */
const OURS = ["kong.request.getRawBodyText", "kong.service.response.getRawBodyText"];
const NOT_FUNCTIONS = ["kong.phase", "kong.signal"];

const FUNCTIONS: Readonly<Record<string, PdkFunction>> = PDK_FUNCTIONS;

/** All names of an object and its class, as far as they are ours. */
function namesOf(value: object): string[] {
  const names = new Set<string>();
  const ends: unknown[] = [Object.prototype, Function.prototype, null];
  for (let at = value; !ends.includes(at); at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  const ofAll = typeof value === "function" ? ["length", "name", "prototype"] : ["constructor"];
  return [...names].filter((name) => !ofAll.includes(name));
}

/** Every function below `value`, by its path. */
function walk(value: object, path: string, found = new Map<string, { length: number }>()) {
  if (typeof value === "function") found.set(path, value as unknown as { length: number });
  for (const name of namesOf(value)) {
    const below = `${path}.${name}`;
    if (NOT_FUNCTIONS.includes(below)) continue;
    walk((value as Record<string, object>)[name] as object, below, found);
  }
  return found;
}

function pathOf({ name }: FunctionFacts): string {
  return name.split(".").map(camelCase).join(".");
}

/** Parameters that cannot be given from outside: Lua's own objects. */
function paramsOf({ params }: FunctionFacts) {
  return params.filter(({ type, internal, variadic }) =>
    type !== "cdata" && !internal && !variadic
  );
}

describe("the PDK", () => {
  const callable = readCallable();
  const surface = walk(createKong(recordingEvent()), "kong");

  test("has every function that can be called from outside of Kong, and no other", () => {
    const expected = [...callable.map(pathOf), ...OURS];
    assert.deepEqual([...surface.keys()].sort(), expected.sort());
    assert.equal(callable.length, 110);
  });

  test("takes as many parameters as Kong's functions do", () => {
    for (const facts of callable) {
      assert.equal(surface.get(pathOf(facts))?.length, paramsOf(facts).length, facts.name);
    }
  });

  test("knows parameters by Kong's names, and which can be left out", () => {
    for (const facts of callable) {
      const expected = paramsOf(facts).map(({ name, optional, nilable, type }) =>
        name + (optional || nilable || type.includes("nil") ? "?" : "")
      );
      const { params = [] } = FUNCTIONS[facts.name] ?? {};
      const actual = params.map(({ name, optional }) => name + (optional ? "?" : ""));
      assert.deepEqual(actual, expected, facts.name);
    }
  });

  test("refuses a call in the phases in which Kong raises, and in no other", () => {
    const silent = ["log-phase-nil", "log-phase-no-effect"];
    for (const { name, external_phases, caveats } of callable) {
      const works: string[] = [...external_phases ?? []];
      if (silent.some((caveat) => caveats.includes(caveat))) works.push("log");
      const expected = PHASES.filter((phase) => works.includes(phase));
      assert.deepEqual(FUNCTIONS[name]?.phases, expected, name);
    }
  });

  test("knows since when a function is there, which give bytes and which end the request", () => {
    for (const { name, since, msgpack, caveats } of callable) {
      assert.equal(FUNCTIONS[name]?.since, since, name);
      assert.equal(FUNCTIONS[name]?.options?.bytes === true, msgpack?.fix === "raw", name);
      const ends = caveats.includes("never-returns");
      assert.equal(FUNCTIONS[name]?.options?.final === true, ends, name);
    }
  });

  test("is the same object each time it is asked for", () => {
    const kong = createKong(recordingEvent());
    assert.equal(kong.request, kong.request);
    assert.equal(kong.service.request, kong.service.request);
    assert.equal(kong.log, kong.log);
    assert.equal(kong.ctx.shared, kong.ctx.shared);
  });

  test("has functions that are made once, except those of kong.log", () => {
    const [one, other] = [createKong(recordingEvent()), createKong(recordingEvent())];
    assert.equal(one.request.getHeader, other.request.getHeader);
    assert.equal(one.service.response.getBody, other.service.response.getBody);
  });

  test("tells the phase and the signal of its event", () => {
    const event = recordingEvent("rewrite");
    const kong = createKong(event);
    assert.equal(kong.phase, "rewrite");
    assert.equal(kong.signal, event.signal);
  });
});

/** Which namespace a file or an interface in it documents. */
const NAMESPACES: Readonly<Record<string, string>> = {
  client: "kong.client",
  client_tls: "kong.client.tls",
  cluster: "kong.cluster",
  ctx: "kong.ctx.shared",
  ip: "kong.ip",
  nginx: "kong.nginx",
  node: "kong.node",
  plugin: "kong.plugin",
  request: "kong.request",
  response: "kong.response",
  router: "kong.router",
  service: "kong.service",
  service_request: "kong.service.request",
  service_response: "kong.service.response",
  telemetry: "kong.telemetry",
  vault: "kong.vault",
};

/** The comments of a piece of source, by the path of the function below them. */
function commentsOf(source: string, namespace: string): Map<string, string> {
  const comments = new Map<string, string>();
  for (
    const [, comment = "", name = ""] of source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+(\w*)\(/g)
  ) {
    comments.set(name === "" ? namespace : `${namespace}.${name}`, comment);
  }
  return comments;
}

function readComments(): Map<string, string> {
  const read = (file: string) =>
    readFileSync(new URL(`../../../src/kong/pdk/${file}.ts`, import.meta.url), "utf8");
  const [inspect = "", log = ""] = read("log").split("export interface KongLog {");
  return new Map([
    ...Object.entries(NAMESPACES).flatMap(([file, path]) => [...commentsOf(read(file), path)]),
    ...commentsOf(inspect, "kong.log.inspect"),
    ...commentsOf(log, "kong.log"),
  ]);
}

/** Versions beyond Kong 2.0 are worth a word. */
function sinceLine(since: string): string | undefined {
  const [major = 0, minor = 0] = since.split(".").map(Number);
  return major > 2 || (major === 2 && minor > 0) ? `Since Kong ${major}.${minor}.` : undefined;
}

describe("the PDK's comments", () => {
  const comments = readComments();

  test("name the phases in which a function works, the version that has it first, and who lacks it", () => {
    for (const facts of readCallable()) {
      const { phases = [], since = "" } = FUNCTIONS[facts.name] ?? {};
      const named = phases.length === PHASES.length ? "all" : phases.join(", ");
      const without = CARRIED_FUNCTIONS.has(facts.name) ? "" : "Not over ProtoBuf:1.";
      const expected = [`Phases: ${named}.`, sinceLine(since), without].filter(Boolean).join(" ");
      const comment = comments.get(pathOf(facts)) ?? "there is none";
      const line = comment.split("\n").find((text) => text.includes("Phases:")) ?? comment;
      assert.equal(line.replace(/^[\s*]*/, ""), expected, facts.name);
    }
  });

  test("say what a function does before anything else", () => {
    for (const facts of readCallable()) {
      const [first = ""] = comments.get(pathOf(facts))?.trim().replace(/^\*\s*/, "").split("\n") ??
        [];
      assert.match(first, /^[A-Z].{15,}/, facts.name);
    }
  });
});
