// Modules that cannot be loaded: what is said of them, and that the others go on.
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { load, runtime } from "./fixture.ts";

const GOOD = `export default { access() {} };`;

/**
 * Broken modules, with where the fault is and what is said of it. Columns are left open where
 * runtimes count them differently.
 */
const BROKEN: Readonly<Record<string, readonly [text: string, where: RegExp, what: RegExp]>> = {
  "syntax.js": [
    "export const a = 1;\n\nexport default {\n  a: ,\n};\n",
    /^syntax\.js:4:6$/,
    /^SyntaxError: /,
  ],
  "syntax.ts": [
    "const a: number = 1;\n\nexport default {\n  a: ,\n};\n",
    /^syntax\.ts:4:6$/,
    /^SyntaxError: /,
  ],
  "syntax.cjs": [
    "const a = 1;\n\nmodule.exports = {\n  a: ,\n};\n",
    /^syntax\.cjs:4:6$/,
    /^SyntaxError: /,
  ],
  "syntax.cts": [
    "const a: number = 1;\n\nmodule.exports = {\n  a: ,\n};\n",
    /^syntax\.cts:4:6$/,
    /^SyntaxError: /,
  ],
  "mixed.ts": [
    "import fs from 'fs';\nimport kong from '../protocol';\nmodule.exports = {\n  a: fs, b: ,\n};\n",
    /^mixed\.ts:4:13$/,
    /^SyntaxError: /,
  ],
  "unclosed.ts": [
    "export default {\n  access() {},\n",
    /^unclosed\.ts:[23]:\d+$/,
    /^SyntaxError: /,
  ],
  "twice.mjs": [
    "const a = 1;\nconst a = 2;\nexport default { access: () => a };\n",
    /^twice\.mjs:2(:7)?$/,
    /already been declared/,
  ],
  "throws.ts": [
    "import fs from 'node:fs';\nfunction check(): void {\n  throw new TypeError('no key');\n}\ncheck();\nexport default fs;\n",
    /^throws\.ts:3:\d+$/,
    /^TypeError: no key$/,
  ],
  "throws.js": [
    "function check() {\n  throw new Error('no key');\n}\ncheck();\nmodule.exports = 1;\n",
    /^throws\.js:2:\d+$/,
    /^no key$/,
  ],
  "mixed-throws.ts": [
    "import fs from 'fs';\ninterface A { b: string }\n\nif (fs) throw new Error('no key');\nmodule.exports = {};\n",
    /^mixed-throws\.ts:4:\d+$/,
    /^no key$/,
  ],
  "rejects.ts": [
    "export default {};\nawait Promise.reject(new Error('later'));\n",
    /^rejects\.ts:2:\d+$/,
    /^later$/,
  ],
  "getter.cjs": [
    "module.exports = { get Plugin() { throw new Error('not yet'); } };\n",
    /^getter\.cjs$/,
    /^not yet$/,
  ],
  "object.ts": [
    "throw { a: 1, deep: { b: [2] } };\nexport default 1;\n",
    /^object\.ts$/,
    /^\{"a":1,"deep":\{"b":\[2\]\}\}$/,
  ],
  "string.ts": ["throw 'just a string';\nexport default 1;\n", /^string\.ts$/, /^just a string$/],
  "missing-file.ts": [
    "import a from 'node:fs';\nimport { b } from './none.ts';\nexport default [a, b];\n",
    /^missing-file\.ts:2:19$/,
    /^Cannot find module "\.\/none\.ts"$/,
  ],
  "missing-package.ts": [
    "import a from 'node:fs';\nimport b from 'no-such-package';\nexport default [a, b];\n",
    /^missing-package\.ts:2:15$/,
    /^Cannot find package "no-such-package"$/,
  ],
  "missing-required.js": [
    "const a = 1;\nconst b = require('./none');\nmodule.exports = b;\n",
    /^missing-required\.js:2:19$/,
    /^Cannot find module "\.\/none"$/,
  ],
  "missing-required-package.cjs": [
    "\n  const b = require('no-such-package');\nmodule.exports = b;\n",
    /^missing-required-package\.cjs:2:21$/,
    /^Cannot find package "no-such-package"$/,
  ],
  "missing-name.ts": [
    "import a from 'node:fs';\nimport { nope } from './good.ts';\nexport default [a, nope];\n",
    /^missing-name\.ts:2:10$/,
    /nope/,
  ],
  "helper-syntax.ts": [
    "import { x } from './lib/syntax.ts';\nexport default x;\n",
    /^lib\/syntax\.ts:3:11$/,
    /^SyntaxError: /,
  ],
  "helper-throws.ts": [
    "import { x } from './lib/throws.ts';\nexport default x;\n",
    /^lib\/throws\.ts:3:\d+$/,
    /^RangeError: in the helper$/,
  ],
  "helper-required.js": [
    "module.exports = require('./lib/syntax.ts');\n",
    /^lib\/syntax\.ts:3:11$/,
    /^SyntaxError: /,
  ],
  "json.ts": [
    "import x from './lib/bad.json' with { type: 'json' };\nexport default x;\n",
    /^lib\/bad\.json$/,
    /^SyntaxError: .*JSON/,
  ],
  "exits.ts": [
    "import process from 'node:process';\nprocess.exit(3);\nexport default {};\n",
    /^exits\.ts:2:\d+$/,
    /^GibbonError: process\.exit\(3\) was called/,
  ],
  "exits-by-name.ts": [
    "import { exit } from 'node:process';\nexit(4);\nexport default {};\n",
    /^exits-by-name\.ts:2:\d+$/,
    /^GibbonError: process\.(?:exit|reallyExit)\(4\) was called/,
  ],
  "defines.ts": [
    "import { GibbonError } from 'gibbon';\n\nthrow new GibbonError('CONFIG_INVALID', 'from a plugin');\nexport default {};\n",
    /^defines\.ts:3:\d+$/,
    /from a plugin$/,
  ],
};

const HELPERS = {
  "good.ts": GOOD,
  "lib/syntax.ts": "export const x = 1;\n\nconst y = = 2;\n",
  "lib/throws.ts": "export const x: number = 1;\n\nthrow new RangeError('in the helper');\n",
  "lib/bad.json": `{ "a": }`,
};

describe("a broken module", () => {
  for (const [name, [text, where, what]] of Object.entries(BROKEN)) {
    test(`is said with place and reason, and the others go on: ${name}`, async () => {
      const { names, problems } = await load({ [name]: text, ...HELPERS }, ({ lines }, folder) => {
        const [, file, message] = /^PLUGIN_BROKEN (\S+): .*? cannot be loaded: ([^]*)$/.exec(
          (lines[0] ?? "").replaceAll(folder, ""),
        ) ?? assert.fail(lines.join("\n"));
        assert.match(file as string, where);
        assert.match(message as string, what);
      });
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.plugin, name.replace(/\.\w+$/, ""));
      assert.match(problems[0]?.remedy ?? "", /^[A-Z].*\.$/);
      assert.deepEqual(names, ["good"]);
    });
  }

  test("is not taken for another that is broken at the same time", async () => {
    const { lines } = await load({
      "a.mjs": "\nexport default { a: , };\n",
      "b.mjs": "\n\nexport default { b: , };\n",
      "c.js": "\n\n\nmodule.exports = { c: , };\n",
      "d.js": "\n\n\n\nmodule.exports = { d: , };\n",
    });
    assert.deepEqual(lines.map((line) => /^PLUGIN_BROKEN (\S+:\d+):\d+: /.exec(line)?.[1]), [
      "a.mjs:2",
      "b.mjs:3",
      "c.js:4",
      "d.js:5",
    ]);
  });

  test("that waits for ever is given up", async () => {
    const { names, lines } = await load(
      { "good.ts": GOOD, "waits.ts": "await new Promise(() => {});\nexport default {};" },
      undefined,
      { moduleMs: 1000 },
    );
    assert.deepEqual(names, ["good"]);
    assert.match(
      lines.join(),
      /^PLUGIN_BROKEN waits\.ts: .* not done after 1 s: something at its/,
    );
  });

  test("has its stack in the cause", async () => {
    const { problems } = await load({ "a.ts": "\nthrow new Error('why');\nexport default 1;" });
    assert.match((problems[0]?.cause as Error).stack ?? "", /a\.ts:2:/);
  });
});

describe("loading", () => {
  test("keeps process.exit from plugins also later on", async () => {
    await load({ "a.ts": GOOD, "b.ts": "throw 1;" });
    assert.throws(() => process.exit(5), { code: "FORBIDDEN", message: /^process\.exit\(5\)/ });
  });

  test("does not fail where the runtime gives no reason at all", async () => {
    const odd = { ...runtime, importModule: () => Promise.reject(null) };
    const { loadPlugins } = await import("../../../src/kong/loader/load.ts");
    await load({ "a.ts": GOOD }, async (_, folder) => {
      const { problems } = await loadPlugins(odd, folder);
      assert.equal(problems[0]?.message, "a cannot be loaded: null");
    });
  });
});
