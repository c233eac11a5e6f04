// gibbon dump, check, version and help as processes: what they print, and how they end.
// Slow: each of the 28 command lines is a process.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decode } from "../../src/wire/msgpack/codec.ts";
import manifest from "../../package.json" with { type: "json" };
import type { UsageMisfit } from "../../src/kong/usage/misfits.ts";
import { makeFolder, runGibbon } from "../support/gibbon.ts";

const NATIVE = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
console.log("loading");
process.stdout.write("still loading\\n");
setTimeout(() => {}, 60_000);
export default definePlugin({
  name: "native",
  version: "2.0.0",
  priority: 10,
  config: v.object({ limit: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  access() {},
  log() {},
});
`;
const OLD = `
console.log("loading too");
class Plugin { access() {} }
module.exports = { Plugin, Name: "Old", Schema: [{ message: { type: "string" } }], Version: "0.1", Priority: 3 };
`;
const BROKEN = "export default {\n  oops(\n};\n";

const NATIVE_DUMP = {
  Name: "native",
  Version: "2.0.0",
  Priority: 10,
  Phases: ["access", "log"],
};
const OLD_DUMP = {
  Name: "old",
  Version: "0.1",
  Priority: 3,
  Phases: ["access"],
  Schema: {
    name: "old",
    fields: [{ config: { type: "record", fields: [{ message: { type: "string" } }] } }],
  },
};

let good: Awaited<ReturnType<typeof makeFolder>>;
let mixed: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  good = await makeFolder({ "native.ts": NATIVE, "old.js": OLD });
  mixed = await makeFolder({ "native.ts": NATIVE, "broken.mjs": BROKEN });
});
after(async () => {
  await good.remove();
  await mixed.remove();
});

function byName(dumps: { Name: string }[]): { Name: string }[] {
  return dumps.sort((a, b) => a.Name.localeCompare(b.Name));
}

describe("a dump", () => {
  test("is nothing but JSON, whatever plugins print", async () => {
    const { code, stdout, stderr } = await runGibbon(["dump", "--plugins-directory", good.path]);
    assert.equal(code, 0, stderr);
    const { Protocol, Plugins } = JSON.parse(stdout);
    assert.equal(Protocol, "ProtoBuf:1");
    const [native, old] = byName(Plugins) as [typeof NATIVE_DUMP & { Schema: unknown }, unknown];
    const { Schema, ...rest } = native;
    assert.deepEqual(rest, NATIVE_DUMP);
    assert.equal((Schema as { name: string }).name, "native");
    assert.deepEqual(old, OLD_DUMP);
    assert.match(stderr, /loading/);
  });

  test("names the other protocol if it is told to", async () => {
    const args = ["dump", "--plugins-directory", good.path, "--protocol", "MsgPack:1"];
    assert.equal(JSON.parse((await runGibbon(args)).stdout).Protocol, "MsgPack:1");
  });

  test("of one plugin has that one alone", async () => {
    const args = ["dump", "--plugins-directory", good.path, "--plugin", "old"];
    const { stdout } = await runGibbon(args);
    assert.deepEqual(JSON.parse(stdout).Plugins, [OLD_DUMP]);
  });

  test("of a plugin that is not there fails and says what is", async () => {
    const args = ["dump", "--plugins-directory", good.path, "--plugin", "nobody"];
    const { code, stdout, stderr } = await runGibbon(args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /no plugin "nobody".*native, old/);
  });

  test("prints nothing where something cannot be loaded: Kong would start without it", async () => {
    const { code, stdout, stderr } = await runGibbon(["dump", "--plugins-directory", mixed.path]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /PLUGIN_BROKEN.*broken\.mjs/);
    assert.match(stderr, /Nothing is dumped: broken cannot be loaded[^]*--skip-broken/);
    const one = ["dump", "--plugins-directory", mixed.path, "--plugin", "native"];
    assert.equal((await runGibbon(one)).code, 0);
  });

  test("leaves out what cannot be loaded where it is told to, and says so", async () => {
    const args = ["dump", "--plugins-directory", mixed.path, "--skip-broken"];
    const { code, stdout, stderr } = await runGibbon(args);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).Plugins.map(({ Name }: { Name: string }) => Name), [
      "native",
    ]);
    assert.match(stderr, /PLUGIN_BROKEN.*broken\.mjs/);
  });

  test("without a directory says what is missing", async () => {
    const { code, stderr } = await runGibbon(["dump"]);
    assert.equal(code, 1);
    assert.match(stderr, /--plugins-directory is missing/);
  });
});

describe("in the place of another server", () => {
  test("go-pluginserver's info of one plugin is MessagePack", async () => {
    const { code, bytes } = await runGibbon(
      ["-plugins-directory", good.path, "-dump-plugin-info", "old"],
    );
    assert.equal(code, 0);
    const { ModTime, LoadTime, ...rest } = decode(bytes) as Record<string, unknown>;
    assert.deepEqual(rest, OLD_DUMP);
    assert.ok((LoadTime as number) >= (ModTime as number));
  });

  test("the JavaScript server's info of one plugin is JSON", async () => {
    const { stdout } = await runGibbon(["-d", good.path, "--dump-plugin-info", "old"]);
    assert.deepEqual(JSON.parse(stdout), OLD_DUMP);
  });

  test("all plugins are a bare array", async () => {
    for (
      const flags of [["-dump-all-plugins", "-plugins-directory"], ["--dump-all-plugins", "-d"]]
    ) {
      const { stdout } = await runGibbon([...flags, good.path]);
      const names = byName(JSON.parse(stdout)).map(({ Name }) => Name);
      assert.deepEqual(names, ["native", "old"]);
    }
  });

  test("go-pluginserver's version has two lines", async () => {
    const { stdout } = await runGibbon(["-version"]);
    assert.match(stdout, /^Version: \S+\nRuntime Version: .+\n$/);
  });
});

describe("a check", () => {
  test("of good plugins prints a table and ends with 0", async () => {
    const { code, stdout } = await runGibbon(["check", good.path]);
    assert.equal(code, 0);
    assert.match(stdout, /native +2\.0\.0 +10 +access log +http +limit: integer \(required\)/);
    assert.match(stdout, /old +0\.1 +3 +access +http +message: string/);
    assert.match(stdout, /2 plugins, 0 problems/);
  });

  test("of a broken plugin says file, line and remedy, and ends with 1", async () => {
    const { code, stdout } = await runGibbon(["check", mixed.path]);
    assert.equal(code, 1);
    assert.match(stdout, /native/);
    assert.match(stdout, /PLUGIN_BROKEN/);
    assert.match(stdout, /broken\.mjs:[23]/);
  });

  test("says on which routes a plugin runs, as its dump says it to Kong", async () => {
    const define = (...phases: string[]) =>
      `import { definePlugin } from "gibbon";
      export default definePlugin({ ${phases.map((phase) => `${phase}() {}`).join(", ")} });`;
    const folder = await makeFolder({
      "streams.ts": define("preread"),
      "both.ts": define("preread", "access", "log"),
      "web.ts": define("access", "log"),
      "older.js": "exports.Plugin = class { preread() {} };",
    });
    const { stdout } = await runGibbon(["check", folder.path]);
    const dump = await runGibbon(["dump", "--plugins-directory", folder.path]);
    await folder.remove();
    assert.match(stdout, /^streams .* preread +stream +\(no/m);
    assert.match(stdout, /^both .* http stream +\(no/m);
    assert.match(stdout, /^web .* access log +http +\(no/m);
    assert.match(stdout, /^older .* preread +stream /m);
    const protocols = JSON.parse(dump.stdout).Plugins.map((
      { Name, Schema }: {
        Name: string;
        Schema: { fields: Record<string, { default: string[] }>[] };
      },
    ) => [Name, Schema.fields[1]?.protocols?.default.join(" ")]);
    assert.deepEqual(Object.fromEntries(protocols), {
      streams: "tcp tls udp",
      older: "tcp tls udp",
      both: "grpc grpcs http https tcp tls udp",
      web: undefined,
    });
  });

  test("names what is no plugin and why, and that is no problem", async () => {
    const folder = await makeFolder({ "old.js": OLD, "helper.ts": "export const x = 1;\n" });
    const { code, stdout } = await runGibbon(["check", folder.path]);
    const json = await runGibbon(["check", folder.path, "--json"]);
    await folder.remove();
    assert.equal(code, 0);
    assert.match(stdout, /^skipped \/.*helper\.ts: exports no plugin$/m);
    assert.match(stdout, /1 plugins, 0 problems/);
    const file = `${folder.path}/helper.ts`;
    assert.deepEqual(JSON.parse(json.stdout).skipped, [{ file, reason: "exports no plugin" }]);
  });

  test("for programs is JSON", async () => {
    const { code, stdout } = await runGibbon(["check", mixed.path, "--json"]);
    assert.equal(code, 1);
    const { plugins, problems } = JSON.parse(stdout);
    assert.equal(plugins.length, 1);
    assert.equal(problems[0].code, "PLUGIN_BROKEN");
  });

  test("warns of what the protocol or Kong's version does not have, which counts with --strict", async () => {
    const folder = await makeFolder({
      "lacking.js": `module.exports = require("gibbon").definePlugin({
  name: "lacking", version: "1.0.0", access: async (kong) => {
    await kong.request.getBody();
    await kong.request.getRawPath();
  } });
`,
    });
    try {
      const { code, stdout } = await runGibbon(["check", folder.path]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /warning: lacking calls kong\.request\.get_body: Kong has no message/);
      assert.match(stdout, /lacking\.js:3\n/);
      assert.match(stdout, /1 plugins, 0 problems, 1 warnings/);
      assert.equal((await runGibbon(["check", folder.path, "--strict"])).code, 1);
      const other = ["check", folder.path, "--strict", "--protocol", "MsgPack:1"];
      assert.equal((await runGibbon(other)).code, 0);
      const old = await runGibbon([...other, "--kong-version", "2.8", "--json"]);
      assert.equal(old.code, 1);
      assert.deepEqual(
        JSON.parse(old.stdout).misfits.map(({ method, place }: UsageMisfit) => [method, place]),
        [["kong.request.get_raw_path", `${folder.path}/lacking.js:4`]],
      );
    } finally {
      await folder.remove();
    }
  });

  test("of nothing fails", async () => {
    const empty = await makeFolder();
    assert.equal((await runGibbon(["check", empty.path])).code, 1);
    assert.equal((await runGibbon(["check", `${empty.path}/gone`])).code, 1);
    await empty.remove();
  });
});

describe("the rest", () => {
  test("a version is printed", async () => {
    for (const args of [["version"], ["--version"]]) {
      const { code, stdout } = await runGibbon(args);
      assert.equal(code, 0);
      assert.ok(stdout.startsWith(`gibbon ${manifest.version} (`), stdout);
    }
  });

  test("help names all commands, and each command's options", async () => {
    for (const args of [[], ["--help"], ["-h"]]) {
      const { code, stdout } = await runGibbon(args);
      assert.equal(code, 0);
      for (const name of ["serve", "dump", "check", "doctor", "dev", "version"]) {
        assert.match(stdout, new RegExp(`\\b${name}\\b`));
      }
    }
    assert.match((await runGibbon(["serve", "--help"])).stdout, /--socket-mode/);
  });

  test("what makes no sense fails with exit code 1", async () => {
    for (const args of [["sing"], ["serve", "--sing"], ["--sing"], ["dump", "--format", "xml"]]) {
      const { code, stdout, stderr } = await runGibbon(args);
      assert.equal(code, 1, args.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, /OPTION_INVALID/);
    }
  });
});
