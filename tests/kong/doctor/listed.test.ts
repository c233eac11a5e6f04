// Kong's list of plugins: what nobody serves, and what Kong does not use.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isBundled } from "../../../src/kong/doctor/bundled_plugins.ts";
import { checkListed } from "../../../src/kong/doctor/listed.ts";
import { useWorkspace } from "../../support/workspace.ts";

const space = useWorkspace();

/** What is found of a list, where one server has some plugins; `undefined` is one that fails. */
function check(
  settings: Record<string, string>,
  plugins: readonly string[] | undefined,
  kong?: readonly [number, number],
) {
  const server = {
    name: "gibbon",
    key: "pluginserver_gibbon",
    socket: "/run/s.sock",
    startCommand: undefined,
    queryCommand: "x",
  };
  const dump = plugins === undefined ? { findings: [] } : { findings: [], plugins };
  const findings = checkListed(new Map(Object.entries(settings)), [[server, dump]], kong);
  const warnings = findings.filter(({ state }) => state === "warning");
  return warnings.map(({ text, remedy }) => `${text}. ${remedy}`);
}

/** A list that a remedy proposes. */
const proposed = (remedy = "") =>
  /plugins = ([^\s:;]+)\.$/.exec(remedy)?.[1] ?? assert.fail(remedy);

describe("Kong's list of plugins", () => {
  test("is well when it has what is served, and Kong's own", () => {
    assert.deepEqual(check({ plugins: "bundled, one,key-auth,off" }, ["one"]), []);
    assert.deepEqual(check({}, []), []);
  });

  test("is to be looked at for a name that nobody serves, a warning with what to write", () => {
    const [found, ...others] = check({ plugins: "bundled,one,nowhere" }, ["one"]);
    assert.deepEqual(others, []);
    assert.match(found!, /nobody serves nowhere.*All is well if it is a Lua plugin/);
    assert.deepEqual(check({ plugins: proposed(found) }, ["one"]), []);
    assert.equal(proposed(check({ plugins: "nowhere" }, [])[0]), "off");
  });

  test("says which name was meant", () => {
    const both = check({ plugins: "bundled,api_key" }, ["api-key"]);
    const found = both.find((text) => text.startsWith("nobody serves"));
    assert.match(found!, /If api-key is meant/);
    assert.deepEqual(check({ plugins: proposed(found) }, ["api-key"]), []);
  });

  test("is not judged by a server whose query_cmd fails", () => {
    assert.match(check({ plugins: "bundled,one" }, undefined)[0]!, /First correct the query_cmd/);
  });

  test("names those that Kong does not use, with what to write", () => {
    const [found] = check({}, ["one", "two"]);
    assert.match(found!, /Kong does not use one, two/);
    assert.equal(proposed(found), "bundled,one,two");
    assert.deepEqual(check({ plugins: proposed(found) }, ["one", "two"]), []);
  });

  test("may have Lua plugins that are on their path", async () => {
    const folder = await space.folder({ "kong/plugins/mine/handler.lua": "" });
    const path = `./?.lua; ${join(folder, "?.lua")} ;;`;
    assert.deepEqual(check({ plugins: "mine", lua_package_path: path }, []), []);
    assert.equal(check({ plugins: "other", lua_package_path: path }, []).length, 1);
  });

  test("may have Kong's own plugins from the version on that has them", () => {
    assert.deepEqual(check({ plugins: "ai-proxy" }, []), []);
    assert.deepEqual(check({ plugins: "ai-proxy" }, [], [3, 6]), []);
    assert.match(check({ plugins: "ai-proxy" }, [], [3, 5])[0]!, /none of Kong's own in 3\.5/);
    const versions: [number, number][] = [[2, 0], [2, 8], [3, 0], [3, 9], [4, 0]];
    assert.deepEqual(versions.map((kong) => isBundled("acme", kong)), [
      false,
      true,
      true,
      true,
      true,
    ]);
    assert.equal(isBundled("constructor", undefined), false);
  });
});
